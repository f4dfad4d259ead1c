namespace OwpPool.Storage.TaskLogs;

/// <summary>One line of a task's log, as it is kept.</summary>
/// <param name="Id">Grows over all tasks; never used twice.</param>
/// <param name="At">When, as the worker says; else when it arrived.</param>
/// <param name="Stored">When it arrived.</param>
/// <param name="WorkerId">Who said it.</param>
/// <param name="Token">The fencing token of the lease under which it was said.</param>
public sealed record TaskLogLine(
    long Id, DateTimeOffset At, DateTimeOffset Stored, string WorkerId, long Token, string Level, string? Stage, string Message);

/// <summary>A line to append.</summary>
/// <param name="At">Null = when it arrives.</param>
public sealed record NewLogLine(DateTimeOffset? At, string Level, string? Stage, string Message);

/// <summary>Lines to append, and who says that it holds the task.</summary>
/// <param name="Token">The fencing token of its lease.</param>
public sealed record NewLogLines(string TaskId, string WorkerId, long Token, DateTimeOffset Now, IReadOnlyList<NewLogLine> Lines);

/// <summary>What is kept of a task's log.</summary>
/// <param name="First">The id of the oldest line; 0 if there is none.</param>
/// <param name="Last">The id of the newest line; 0 if there is none.</param>
/// <param name="Removed">Lines that were older and had to go.</param>
/// <param name="HasAsked">Whether the line that was asked about is among those kept.</param>
public sealed record TaskLogExtent(long First, long Last, long Removed, bool HasAsked);
