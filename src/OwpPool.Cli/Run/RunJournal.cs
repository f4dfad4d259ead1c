using System.Text.Json;
using System.Text.Json.Serialization;

namespace OwpPool.Cli.Run;

/// <summary>What a worker must know of a lease after it was killed itself.</summary>
internal sealed record JournalEntry(string LeaseKey, string TaskId, Workspace Workspace)
{
    /// <summary>The command's; null = it was not started yet, or has ended.</summary>
    public int? ProcessGroup { get; init; }

    /// <summary>From <see cref="ProcessGroups.StartMarkOf"/>.</summary>
    public string? StartMark { get; init; }

    /// <summary>What the pool is to be told; null = the work is not done.</summary>
    public WorkOutcome? Outcome { get; init; }
}

/// <summary>The leases that a worker works on, in a file that outlives it. One worker process at a time has it.</summary>
internal sealed class RunJournal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, JournalEntry> _entries = [];
    private readonly FileStream _lock;
    private readonly string _path;

    private RunJournal(string folder, FileStream held)
    {
        _lock = held;
        Folder = folder;
        _path = Path.Combine(folder, "leases.json");
    }

    /// <summary>Where it is; for more files of the same worker.</summary>
    public string Folder { get; }

    public IReadOnlyList<JournalEntry> Entries
    {
        get
        {
            lock (_gate) return [.. _entries.Values];
        }
    }

    /// <summary>Opens it, empty where there is none.</summary>
    /// <param name="folder">The worker's own; made where it is missing.</param>
    /// <exception cref="UsageException">Another process has it, or it cannot be read.</exception>
    public static RunJournal Open(string folder)
    {
        RunFolder.Make(folder);
        var journal = new RunJournal(folder, Lock(Path.Combine(folder, "lock")));
        try
        {
            if (File.Exists(journal._path))
            {
                var known = JsonSerializer.Deserialize(File.ReadAllBytes(journal._path), JournalJson.Default.JournalEntryArray);
                foreach (var entry in known ?? [])
                    journal._entries[entry.LeaseKey] = entry;
            }
            return journal;
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            journal.Dispose();
            throw new UsageException($"{journal._path} cannot be read ({failure.Message}). It says which folder belongs to which lease; "
                + "move it away to start without.");
        }
    }

    /// <summary>What is known of a lease; null = nothing.</summary>
    public JournalEntry? Find(string leaseKey)
    {
        lock (_gate) return _entries.GetValueOrDefault(leaseKey);
    }

    /// <summary>Enters a lease, or what has changed about it. It is on the disk when this returns.</summary>
    public void Put(JournalEntry entry)
    {
        lock (_gate)
        {
            _entries[entry.LeaseKey] = entry;
            Write();
        }
    }

    public void Remove(string leaseKey)
    {
        lock (_gate)
        {
            if (_entries.Remove(leaseKey)) Write();
        }
    }

    /// <summary>Lets another process have it.</summary>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new UsageException($"Another 'owp worker run' works as this worker ({path} is locked). "
                + "Raise its --concurrency, or register another worker under another --profile.");
        }
    }

    /// <summary>As a whole, so that a crash leaves the old one.</summary>
    private void Write()
    {
        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, [.. _entries.Values], JournalJson.Default.JournalEntryArray);
            file.Flush(flushToDisk: true);
        }
        File.Move(next, _path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(JournalEntry[]))]
internal sealed partial class JournalJson : JsonSerializerContext;
