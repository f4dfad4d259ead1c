using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Where the work on a task is done.</summary>
/// <param name="Folder">The command starts in it.</param>
internal sealed record Workspace(string Folder)
{
    /// <summary>The local clone that the folder is a worktree of; null = it is none.</summary>
    public string? Repository { get; init; }

    /// <summary>The worktree's branch.</summary>
    public string? Branch { get; init; }

    /// <summary>That clone's own git folder.</summary>
    public string? GitFolder { get; init; }

    /// <summary>The commit that the branch was made from; null = the branch was there before.</summary>
    public string? Base { get; init; }
}

/// <summary>Gives each task a place.</summary>
internal interface IWorkspaces
{
    /// <summary>Makes the place of a task.</summary>
    /// <exception cref="WorkspaceException">It cannot be made.</exception>
    Task<Workspace> MakeAsync(LeaseView lease, CancellationToken ct);

    /// <summary>The commit that the work has come to; null = none of its own.</summary>
    Task<string?> CommitOfAsync(Workspace workspace, CancellationToken ct);

    /// <summary>Takes the place away, unless something is in it that is nowhere else.</summary>
    /// <returns>What was left, and why; null = nothing.</returns>
    Task<string?> TidyAsync(Workspace workspace, CancellationToken ct);
}

/// <summary>There is no place to work; the message says why.</summary>
internal sealed class WorkspaceException(string message) : Exception(message);

/// <summary>The same folder for every task, or where none is given a fresh one for each.</summary>
internal sealed class Folders(string? given, string scratch) : IWorkspaces
{
    public Task<Workspace> MakeAsync(LeaseView lease, CancellationToken ct)
    {
        var folder = given ?? Path.Combine(scratch, LeaseFiles.NameOf(LeaseHold.KeyOf(lease)));
        RunFolder.Make(folder);
        return Task.FromResult(new Workspace(folder));
    }

    public Task<string?> CommitOfAsync(Workspace workspace, CancellationToken ct) => Task.FromResult<string?>(null);

    public Task<string?> TidyAsync(Workspace workspace, CancellationToken ct)
    {
        if (workspace.Folder != given && Directory.Exists(workspace.Folder)) Directory.Delete(workspace.Folder, recursive: true);
        return Task.FromResult<string?>(null);
    }
}
