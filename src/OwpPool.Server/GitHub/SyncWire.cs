using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.GitHub;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.GitHub;

/// <summary>How a repo is to be kept in step with GitHub.</summary>
public sealed record SyncRequest
{
    /// <summary>read_only: the pool follows GitHub; bidirectional: it also writes there what write_permissions name.</summary>
    [OneOf(nameof(WordLists.SyncType))]
    public required string SyncType { get; init; }

    /// <summary>What the pool may write: comments, labels, status. None with read_only.</summary>
    [OneOf(nameof(WordLists.SyncPermission)), MaxLength(3)]
    public IReadOnlyList<string> WritePermissions { get; init; } = [];

    /// <summary>The label of issues to import.</summary>
    [StringLength(50), DefaultValue(GithubSync.DefaultLabel)]
    public string Label { get; init; } = GithubSync.DefaultLabel;

    internal bool IsBidirectional => SyncType == "bidirectional";

    internal static SyncRequest Read(JsonFields body)
    {
        var type = body.RequiredWord("sync_type", Types);
        var permissions = body.Lines("write_permissions", 3, 20);
        if (permissions.FirstOrDefault(word => !Permissions.Contains(word)) is not null)
            body.Reject("write_permissions", $"must be of {string.Join(", ", Permissions)}");
        else if (type == "read_only" && permissions.Count > 0)
            body.Reject("write_permissions", "must be empty with read_only");
        return new SyncRequest
        {
            SyncType = type,
            WritePermissions = permissions,
            Label = ReadLabel(body) ?? GithubSync.DefaultLabel,
        };
    }

    internal static string? ReadLabel(JsonFields body)
    {
        var label = body.Line("label", 50);
        // GitHub takes a comma for the end of a label.
        if (label?.Contains(',', StringComparison.Ordinal) is true) body.Reject("label", "must be one label, without a comma");
        return label;
    }

    internal static readonly string[] Types = ["read_only", "bidirectional"];

    internal static readonly string[] Permissions = ["comments", "labels", "status"];
}

/// <summary>How a repo is kept in step with GitHub.</summary>
public sealed record SyncResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The repo.</summary>
    public required string Repo { get; init; }

    /// <summary>read_only or bidirectional.</summary>
    [OneOf(nameof(WordLists.SyncType))]
    public required string SyncType { get; init; }

    /// <summary>The label of issues to import.</summary>
    public required string Label { get; init; }

    /// <summary>The address to give GitHub's webhook.</summary>
    public required string WebhookUrl { get; init; }

    /// <summary>What of the permissions the pool's token really has in the repo at this moment. The pool looks again whenever it writes: what
    /// it may not yet write is written as soon as it may.</summary>
    [OneOf(nameof(WordLists.SyncPermission))]
    public required IReadOnlyList<string> PermissionsGranted { get; init; }
}

/// <summary>Which issues to import.</summary>
public sealed record ImportRequest
{
    /// <summary>Their label; default: that of the repo's sync, else pool:ready.</summary>
    [StringLength(50)]
    public string? Label { get; init; }

    /// <summary>How many new tasks at most, oldest issues first. Issues that have a task, or cannot become one, do not count.</summary>
    [Range(1, 1000), DefaultValue(100)]
    public int Limit { get; init; } = 100;

    /// <summary>Only say what would be new, there before and skipped; add nothing.</summary>
    [DefaultValue(false)]
    public bool DryRun { get; init; }

    internal static ImportRequest Read(JsonFields body) => new()
    {
        Label = SyncRequest.ReadLabel(body),
        Limit = body.Integer("limit", 1, 1000) ?? 100,
        DryRun = body.Boolean("dry_run") ?? false,
    };
}

/// <summary>What an import did.</summary>
public sealed record ImportResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The repo.</summary>
    public required string Repo { get; init; }

    /// <summary>The label.</summary>
    public required string Label { get; init; }

    /// <summary>New tasks.</summary>
    public required int Created { get; init; }

    /// <summary>Issues whose tasks were there already; those stay as they are.</summary>
    public required int Existing { get; init; }

    /// <summary>Issues that became no task.</summary>
    public required IReadOnlyList<SkippedIssue> Skipped { get; init; }

    /// <summary>The tasks, old and new.</summary>
    public required IReadOnlyList<ImportedIssue> Tasks { get; init; }
}

/// <summary>An issue that became no task, and why.</summary>
public sealed record SkippedIssue(int Number, string Reason);

/// <summary>The task of an issue.</summary>
public sealed record ImportedIssue(int Number, string TaskId);
