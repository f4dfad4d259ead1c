namespace OwpPool.Cli.Run;

/// <summary>How many tasks ended how. Safe to count from several threads.</summary>
internal sealed class RunSummary
{
    private int _delivered;
    private int _released;
    private int _failed;
    private int _lost;

    public int Delivered => Volatile.Read(ref _delivered);

    public int Released => Volatile.Read(ref _released);

    public int Failed => Volatile.Read(ref _failed);

    public int Lost => Volatile.Read(ref _lost);

    /// <summary>That of several workers.</summary>
    public static RunSummary Of(IReadOnlyCollection<RunSummary> parts) => new()
    {
        _delivered = parts.Sum(part => part.Delivered),
        _released = parts.Sum(part => part.Released),
        _failed = parts.Sum(part => part.Failed),
        _lost = parts.Sum(part => part.Lost),
    };

    /// <summary>Why the worker ended although nobody told it to, and what to do; null = it did not.</summary>
    public string? Fault { get; set; }

    public int Total => Delivered + Released + Failed + Lost;

    /// <param name="step">One of <see cref="Steps"/>; those that end no task count nothing.</param>
    public void Count(string step)
    {
        switch (step)
        {
            case Steps.PrOpened: Interlocked.Increment(ref _delivered); break;
            case Steps.Released: Interlocked.Increment(ref _released); break;
            case Steps.Failed: Interlocked.Increment(ref _failed); break;
            case Steps.Lost: Interlocked.Increment(ref _lost); break;
        }
    }

    public override string ToString() =>
        FormattableString.Invariant($"{Delivered} delivered, {Released} given back, {Failed} failed, {Lost} lost");
}
