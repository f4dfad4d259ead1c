namespace OwpPool.Client;

/// <summary>Something to say about the work on a task.</summary>
/// <param name="Message">Up to 8 KiB.</param>
public sealed record NewLogLine(string Message)
{
    /// <summary>When it was said; null = when it arrives.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>trace, debug, info, warn or error; null = info.</summary>
    public string? Level { get; init; }

    /// <summary>What the worker is at, such as build or test.</summary>
    public string? Stage { get; init; }
}

/// <summary>Lines to add to a task's log.</summary>
/// <param name="Lines">1..500.</param>
public sealed record LogRequest(IReadOnlyList<NewLogLine> Lines)
{
    /// <summary>The lease; if given, it must be the latest.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The lease's token; if given, it must be the latest.</summary>
    public long? FencingToken { get; init; }
}

/// <summary>The lines are kept.</summary>
/// <param name="Next">The id of the last of them.</param>
public sealed record LogReply(long Next);

/// <summary>A line of a task's log.</summary>
/// <param name="Id">Grows: where to go on after it.</param>
/// <param name="At">When it was said.</param>
/// <param name="ReceivedAt">When it arrived.</param>
/// <param name="WorkerId">Who said it.</param>
/// <param name="FencingToken">The lease under which it was said: another one is another attempt.</param>
/// <param name="Level">trace, debug, info, warn or error.</param>
/// <param name="Stage">What the worker was at.</param>
/// <param name="Message">What was said.</param>
public sealed record LogLine(
    long Id, DateTimeOffset At, DateTimeOffset ReceivedAt, string WorkerId, long FencingToken, string Level, string? Stage, string Message);

/// <summary>A page of a task's log.</summary>
/// <param name="Items">Oldest first.</param>
/// <param name="Next">What to ask for next.</param>
/// <param name="LinesRemoved">Lines that were older than the oldest kept.</param>
public sealed record LogPage(IReadOnlyList<LogLine> Items, long Next, long LinesRemoved)
{
    /// <summary>Not null where there are more lines already.</summary>
    public string? NextCursor { get; init; }
}
