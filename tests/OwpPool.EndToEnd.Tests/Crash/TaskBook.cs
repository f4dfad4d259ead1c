namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>A task between two events of the log.</summary>
/// <param name="Seq">The event that made it so.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="WorkerId">Its holder; null = nobody.</param>
/// <param name="LeaseId">The running lease; null = none.</param>
/// <param name="ExpiresAt">End of the running lease.</param>
/// <param name="Token">Token of the latest grant.</param>
internal sealed record TaskPicture(long Seq, string Phase, string? WorkerId, string? LeaseId, DateTimeOffset? ExpiresAt, long Token)
{
    /// <summary>Whether a worker holds an expiring lease.</summary>
    public bool IsLeased => Phase is "leased" or "in_progress" or "blocked";

    /// <summary>Whether it counts against its repo's review budget.</summary>
    public bool HoldsBudget => IsLeased || Phase is "pr_opened";
}

/// <summary>All that the log says of one task.</summary>
internal sealed class TaskBook(string taskId, string repo, string? areaKey)
{
    private readonly List<TaskPicture> _pictures = [];

    public string TaskId => taskId;

    public string Repo => repo;

    public string? AreaKey => areaKey;

    /// <summary>As the last event left it.</summary>
    public TaskPicture Now => _pictures[^1];

    /// <summary>The lease that ran last: what goes on after a review.</summary>
    public string? LastLeaseId { get; private set; }

    public void Add(TaskPicture picture)
    {
        LastLeaseId = picture.LeaseId ?? LastLeaseId;
        _pictures.Add(picture);
    }

    /// <summary>The pictures that were true at some moment from one event to another, both included.</summary>
    public IEnumerable<TaskPicture> Between(long from, long to)
    {
        // Short lives: a plain walk from the end is enough.
        for (var i = _pictures.Count - 1; i >= 0; i--)
        {
            if (_pictures[i].Seq <= to) yield return _pictures[i];
            if (_pictures[i].Seq <= from) yield break;
        }
    }

    /// <summary>The picture before the event; null if there was none.</summary>
    public TaskPicture? Before(long seq) => _pictures.FindLast(picture => picture.Seq < seq);
}

/// <summary>A grant, and every end that it ever had.</summary>
internal sealed record LeaseBook(string TaskId, string LeaseId, string WorkerId, long Token, long GrantedBy)
{
    public HashSet<DateTimeOffset> Ends { get; } = [];
}

/// <summary>What the log says of one repo.</summary>
internal sealed class RepoBook
{
    /// <summary>Every setting with the event that made it.</summary>
    public List<(long Seq, int MaxOpenPrs, bool Paused)> Settings { get; } = [];

    /// <summary>Whether a task under review keeps its area.</summary>
    public bool LocksUntilMerged { get; set; }

    /// <summary>Tasks that hold budget.</summary>
    public Dictionary<string, TaskBook> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>The budget under which a task's latest reservation was made.</summary>
    public Dictionary<string, int> LimitOf { get; } = new(StringComparer.Ordinal);

    /// <summary>The settings that were in force at some moment from one event to another.</summary>
    public IEnumerable<(long Seq, int MaxOpenPrs, bool Paused)> Between(long from, long to)
    {
        for (var i = Settings.Count - 1; i >= 0; i--)
        {
            if (Settings[i].Seq <= to) yield return Settings[i];
            if (Settings[i].Seq <= from) yield break;
        }
    }
}
