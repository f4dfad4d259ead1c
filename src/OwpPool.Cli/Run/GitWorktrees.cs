using System.Collections.Concurrent;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A fresh git worktree for each task, on the branch <c>owp/</c> and the task's id, of a local clone.</summary>
/// <param name="clones">Clone by repo key in lower case; <c>*</c> = of any other repo.</param>
/// <param name="root">Where worktrees are made; null = beside each clone.</param>
/// <param name="baseRef">What branches start from; null = origin's default branch, else what the clone has checked out.</param>
/// <param name="warn">Learns what went wrong and is no reason to stop.</param>
internal sealed class GitWorktrees(
    IReadOnlyDictionary<string, string> clones, string? root, string? baseRef, Action<string> warn) : IWorkspaces
{
    public const string AnyRepo = "*";

    // Two gits that change one repository at once get in each other's way.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    public async Task<Workspace> MakeAsync(LeaseView lease, CancellationToken ct)
    {
        if (!clones.TryGetValue(lease.Repo.ToLowerInvariant(), out var clone) && !clones.TryGetValue(AnyRepo, out clone))
            throw new WorkspaceException($"--repo-dir names no clone of {lease.Repo}.");
        var name = LeaseFiles.NameOf(lease.TaskId);
        var branch = $"owp/{name}";
        using var turn = await TakeTurnAsync(clone, ct);
        var common = Path.GetFullPath(await Git.DoAsync(clone, ct, "rev-parse", "--git-common-dir"), clone);
        await FetchAsync(clone, ct);
        await Git.DoAsync(clone, ct, "worktree", "prune");
        var folder = await FreeFolderAsync(clone, Path.Combine(root ?? clone + ".owp", name), branch, ct);
        var workspace = new Workspace(folder) { Repository = clone, Branch = branch, GitFolder = common };
        if ((await Git.AskAsync(clone, ct, "show-ref", "--verify", "--quiet", $"refs/heads/{branch}")).Succeeded)
        {
            // Of an earlier attempt or an earlier review: nothing that was committed is thrown away.
            await Git.DoAsync(clone, ct, "worktree", "add", folder, branch);
            return workspace;
        }
        var start = await BaseOfAsync(clone, ct);
        await Git.DoAsync(clone, ct, "worktree", "add", "-b", branch, folder, start);
        return workspace with { Base = start };
    }

    public async Task<string?> CommitOfAsync(Workspace workspace, CancellationToken ct)
    {
        var head = await Git.AskAsync(workspace.Folder, ct, "rev-parse", "--verify", "HEAD");
        return head.Succeeded && head.Output != workspace.Base ? head.Output : null;
    }

    public async Task<string?> TidyAsync(Workspace workspace, CancellationToken ct)
    {
        if (workspace.Repository is not { } clone || !Directory.Exists(clone)) return null;
        using var turn = await TakeTurnAsync(clone, ct);
        if (Directory.Exists(workspace.Folder))
        {
            var removal = await Git.AskAsync(clone, ct, "worktree", "remove", workspace.Folder);
            if (!removal.Succeeded) return $"{workspace.Folder} is kept: {removal.Error}";
        }
        await Git.AskAsync(clone, ct, "worktree", "prune");
        // A branch without a commit of its own would hold the next attempt to an old base.
        if (workspace is { Branch: { } branch, Base: { } start })
        {
            var tip = await Git.AskAsync(clone, ct, "rev-parse", "--verify", "--quiet", $"refs/heads/{branch}");
            if (tip.Output == start) await Git.AskAsync(clone, ct, "branch", "-D", branch);
        }
        return null;
    }

    private async Task FetchAsync(string clone, CancellationToken ct)
    {
        var remotes = await Git.AskAsync(clone, ct, "remote");
        if (!remotes.Output.Split('\n').Contains("origin")) return;
        var fetch = await Git.AskAsync(clone, ct, "fetch", "--quiet", "origin");
        if (!fetch.Succeeded) warn($"{clone} could not be brought up to date, and is used as it is: {fetch.Error}");
    }

    private async Task<string> BaseOfAsync(string clone, CancellationToken ct)
    {
        if (baseRef is not null) return await Git.DoAsync(clone, ct, "rev-parse", "--verify", baseRef + "^{commit}");
        var remote = await Git.AskAsync(clone, ct, "rev-parse", "--verify", "--quiet", "refs/remotes/origin/HEAD^{commit}");
        return remote.Succeeded ? remote.Output : await Git.DoAsync(clone, ct, "rev-parse", "--verify", "HEAD^{commit}");
    }

    /// <summary>A folder that is not there, with the branch free. What an earlier attempt left uncommitted stays where it is.</summary>
    private static async Task<string> FreeFolderAsync(string clone, string folder, string branch, CancellationToken ct)
    {
        if (await HolderOfAsync(clone, branch, ct) is { } holder
            && !(await Git.AskAsync(clone, ct, "worktree", "remove", holder)).Succeeded)
            await Git.DoAsync(holder, ct, "checkout", "--quiet", "--detach");
        var free = folder;
        for (var number = 2; Directory.Exists(free) || File.Exists(free); number++) free = $"{folder}-{number}";
        return free;
    }

    private static async Task<string?> HolderOfAsync(string clone, string branch, CancellationToken ct)
    {
        string? folder = null;
        foreach (var line in (await Git.DoAsync(clone, ct, "worktree", "list", "--porcelain")).Split('\n'))
        {
            if (line.StartsWith("worktree ", StringComparison.Ordinal)) folder = line["worktree ".Length..];
            else if (line == $"branch refs/heads/{branch}") return folder;
        }
        return null;
    }

    private async Task<IDisposable> TakeTurnAsync(string clone, CancellationToken ct)
    {
        var turns = _turns.GetOrAdd(clone, _ => new SemaphoreSlim(1));
        var turn = new Slot(turns, isTaken: false);
        await turn.TakeAsync(ct);
        return turn;
    }
}
