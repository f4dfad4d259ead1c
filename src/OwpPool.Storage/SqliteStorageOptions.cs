namespace OwpPool.Storage;

/// <summary>How the pool's one database file is opened and written.</summary>
public sealed record SqliteStorageOptions
{
    /// <summary>The database file; its folder is made if it is missing.</summary>
    public required string Path { get; init; }

    /// <summary>How long a statement waits for another process (a shell, a backup) that holds SQLite's lock.</summary>
    /// <value>Default 5 s; 0 to 60 s. Afterwards the caller gets SQLITE_BUSY and may try again.</value>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest number of reads that run at once; more wait without holding a thread.</summary>
    /// <value>Default 4; 1 to 64. Each is a connection with a page cache of its own, opened when first needed.</value>
    public int MaxReaders { get; init; } = 4;

    /// <summary>The largest number of writes that share one commit.</summary>
    /// <value>Default 256; 1 to 10,000. It bounds how long the first writer of a batch waits for the others; 1 turns group commit off.
    /// </value>
    public int MaxBatch { get; init; } = 256;

    /// <summary>How long the writer must be without work before it copies the write-ahead log into the database.</summary>
    /// <value>Default 1 s; 10 ms to 1 h.</value>
    public TimeSpan CheckpointIdle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The size of the write-ahead log, in pages of 4 KiB, from which a commit also copies it into the database.</summary>
    /// <value>Default 4,000 (16 MB); 100 to 1,000,000. Smaller costs more fsyncs under load, larger a longer recovery after a crash.
    /// </value>
    public int CheckpointPages { get; init; } = 4000;

    /// <summary>How long the start may take to look whether the pages of the database fit together.</summary>
    /// <value>Default 1 s, in which some hundred megabytes are looked at; 0 to 1 h, 0 = not at all. A larger database is looked at in part.
    /// </value>
    public TimeSpan CheckTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Names every setting that is out of its bounds.</summary>
    /// <returns>One message a bad setting; empty if all are good.</returns>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(Path))
            errors.Add($"{nameof(Path)} must name a file");
        Between(BusyTimeout, TimeSpan.Zero, TimeSpan.FromSeconds(60), nameof(BusyTimeout));
        Between(MaxReaders, 1, 64, nameof(MaxReaders));
        Between(MaxBatch, 1, 10_000, nameof(MaxBatch));
        Between(CheckpointIdle, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(CheckpointIdle));
        Between(CheckTime, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(CheckTime));
        Between(CheckpointPages, 100, 1_000_000, nameof(CheckpointPages));
        return errors;

        void Between<T>(T value, T least, T most, string name)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                errors.Add($"{name} must be from {least} to {most}, not {value}");
        }
    }
}
