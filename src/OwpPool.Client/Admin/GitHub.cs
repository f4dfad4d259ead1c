namespace OwpPool.Client;

/// <summary>How a repo is to be kept in step with GitHub.</summary>
/// <param name="SyncType"><c>read_only</c>: the pool follows GitHub. <c>bidirectional</c>: it also writes there.</param>
public sealed record GitHubSyncRequest(string SyncType)
{
    /// <summary>What the pool may write: comments, labels, status; null = nothing.</summary>
    public IReadOnlyList<string>? WritePermissions { get; init; }

    /// <summary>The label of issues to import; null = <c>pool:ready</c>.</summary>
    public string? Label { get; init; }
}

/// <summary>How a repo is kept in step with GitHub.</summary>
/// <param name="Repo">The repo.</param>
/// <param name="SyncType">read_only or bidirectional.</param>
/// <param name="Label">The label of issues to import.</param>
/// <param name="WebhookUrl">The address to give GitHub's webhook.</param>
/// <param name="PermissionsGranted">What of the permissions the pool's token really has.</param>
public sealed record GitHubSync(
    string Repo, string SyncType, string Label, string WebhookUrl, IReadOnlyList<string> PermissionsGranted);

/// <summary>What an import of issues did.</summary>
/// <param name="Repo">The repo.</param>
/// <param name="Label">The label.</param>
/// <param name="Created">New tasks.</param>
/// <param name="Existing">Issues whose tasks were there already.</param>
/// <param name="Skipped">Issues that became no task.</param>
/// <param name="Tasks">The tasks, old and new.</param>
public sealed record GitHubImport(
    string Repo, string Label, int Created, int Existing, IReadOnlyList<SkippedIssue> Skipped, IReadOnlyList<ImportedIssue> Tasks);

/// <summary>An issue that became no task, and why.</summary>
public sealed record SkippedIssue(int Number, string Reason);

/// <summary>The task of an issue.</summary>
public sealed record ImportedIssue(int Number, string TaskId);

internal sealed record GitHubImportRequest(string? Label, int? Limit, bool DryRun);
