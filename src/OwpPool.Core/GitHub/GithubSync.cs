using Orleans;

namespace OwpPool.Core.GitHub;

/// <summary>How a repo is kept in step with GitHub; set by an admin, part of the repo's settings.</summary>
[GenerateSerializer, Immutable, Alias("owp.github-sync")]
public sealed record GithubSync
{
    /// <summary>What issues to import are labelled with, unless somebody says otherwise.</summary>
    public const string DefaultLabel = "pool:ready";

    /// <summary>The pool also writes to GitHub, what is granted below; else it only reads.</summary>
    [Id(0)] public bool Bidirectional { get; init; }

    /// <summary>Comments on issues and pull requests: asked for, and granted when the setting was made.</summary>
    [Id(1)] public bool Comments { get; init; }

    /// <summary>A label on the issue that says where its task stands: asked for, and granted when the setting was made.</summary>
    [Id(2)] public bool Labels { get; init; }

    /// <summary>A commit status on the pull request: asked for, and granted when the setting was made.</summary>
    [Id(3)] public bool Status { get; init; }

    /// <summary>The label of issues to import.</summary>
    [Id(4)] public string Label { get; init; } = DefaultLabel;

    /// <summary>Since when the repo stands for another repository than before, by a maintainer's word; null = it always was this one. Older
    /// tasks are of the other.</summary>
    [Id(5)] public DateTimeOffset? RepositoryFrom { get; init; }

    /// <summary>Labels were asked for. Whether the token may is looked at whenever there is something to write.</summary>
    [Id(6)] public bool WantsLabels { get; init; }

    /// <summary>Commit statuses were asked for.</summary>
    [Id(7)] public bool WantsStatus { get; init; }

    /// <summary>Whether labels are to be written, as soon as the token may.</summary>
    public bool WritesLabels => WantsLabels || Labels;

    /// <summary>Whether commit statuses are to be written, as soon as the token may.</summary>
    public bool WritesStatus => WantsStatus || Status;

    /// <summary>The words of what may be written, as the API has them.</summary>
    public IReadOnlyList<string> Permissions =>
        [.. new[] { (Comments, "comments"), (Labels, "labels"), (Status, "status") }
            .Where(right => right.Item1).Select(right => right.Item2)];

    /// <summary>All of it in one line, for the audit log.</summary>
    public string Describe() =>
        $"{(Bidirectional ? "bidirectional" : "read_only")}; label {Label}; " +
        $"writes {(Permissions.Count == 0 ? "nothing" : string.Join(' ', Permissions))}";
}
