namespace OwpPool.Storage.GitHub;

/// <summary>What one thing on GitHub is to show.</summary>
public enum OutwardKind
{
    /// <summary>A comment on an issue or a pull request.</summary>
    Comment,

    /// <summary>The pool's label of an issue.</summary>
    Label,

    /// <summary>The pool's commit status of a pull request.</summary>
    Status,
}

/// <summary>Something to be shown on GitHub.</summary>
public sealed record OutwardRow
{
    /// <summary>Its number in the outbox; 0 before it is stored.</summary>
    public long Id { get; init; }

    /// <summary>The repo's canonical key.</summary>
    public required string Repo { get; init; }

    /// <summary>What it is.</summary>
    public required OutwardKind Kind { get; init; }

    /// <summary>The issue or pull request.</summary>
    public required int Number { get; init; }

    /// <summary>The task that it is about.</summary>
    public required string TaskId { get; init; }

    /// <summary>The event that it shows; 0 = the same as before, on a new commit.</summary>
    public required long Seq { get; init; }

    /// <summary>When that was.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A comment's text; a status' state and description, with a space between; empty for a label, which shows what is.</summary>
    public string Text { get; init; } = "";

    /// <summary>How often it was begun: more than 0 means that it may have been done.</summary>
    public int Tries { get; init; }
}
