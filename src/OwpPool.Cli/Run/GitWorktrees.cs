using System.Collections.Concurrent;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A fresh git worktree for each task, on the branch <c>owp/</c> and the task's id, of a local clone.</summary>
/// <param name="clones">Clone by repo key in lower case; <c>*</c> = of any other repo.</param>
/// <param name="root">Where worktrees are made; null = beside each clone.</param>
/// <param name="baseRef">What branches start from; null = origin's default branch, else what the clone has checked out.</param>
/// <param name="warn">Learns what went wrong and is no reason to stop.</param>
/// <param name="time">The clock of git's time limit.</param>
internal sealed class GitWorktrees(
    IReadOnlyDictionary<string, string> clones, string? root, string? baseRef, Action<string> warn, TimeProvider time) : IWorkspaces
{
    public const string AnyRepo = "*";

    private readonly Git _git = new(time);

    // Two gits that change one repository at once get in each other's way.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>The branch of a task.</summary>
    public static string BranchOf(LeaseView lease) => $"owp/{LeaseFiles.NameOf(lease.TaskId)}";

    public async Task<Workspace> MakeAsync(LeaseView lease, CancellationToken ct)
    {
        if (!clones.TryGetValue(lease.Repo.ToLowerInvariant(), out var clone) && !clones.TryGetValue(AnyRepo, out clone))
            throw new WorkspaceException($"--repo-dir names no clone of {lease.Repo}.");
        var name = LeaseFiles.NameOf(lease.TaskId);
        var branch = BranchOf(lease);
        using var turn = await TakeTurnAsync(clone, ct);
        var common = Path.GetFullPath(await _git.DoAsync(clone, ct, "rev-parse", "--git-common-dir"), clone);
        await FetchAsync(clone, ct);
        await _git.DoAsync(clone, ct, "worktree", "prune");
        var folder = await FreeFolderAsync(clone, Path.Combine(root ?? clone + ".owp", name), branch, ct);
        var workspace = new Workspace(folder) { Repository = clone, Branch = branch, GitFolder = common };
        if ((await _git.AskAsync(clone, ct, "show-ref", "--verify", "--quiet", $"refs/heads/{branch}")).Succeeded)
        {
            // Of an earlier attempt or an earlier review: nothing that was committed is thrown away.
            await _git.DoAsync(clone, ct, "worktree", "add", folder, branch);
            return workspace;
        }
        var start = await BaseOfAsync(clone, ct);
        await _git.DoAsync(clone, ct, "worktree", "add", "-b", branch, folder, start);
        return workspace with { Base = start };
    }

    /// <summary>Whether the worktrees of a clone begin with a file that can be executed.</summary>
    /// <param name="clone">One of the clones.</param>
    /// <param name="path">Of the file, from the top of the worktree.</param>
    /// <param name="ct">Ends the look.</param>
    /// <returns>Null = they have no such file, also after the clone was brought up to date.</returns>
    /// <exception cref="WorkspaceException">It is no clone, or has no commit to begin with.</exception>
    public async Task<bool?> IsExecutableAsync(string clone, string path, CancellationToken ct)
    {
        using var turn = await TakeTurnAsync(clone, ct);
        if (await LookAsync() is true) return true;
        await FetchAsync(clone, ct);
        return await LookAsync();

        async Task<bool?> LookAsync()
        {
            var entry = await _git.DoAsync(clone, ct, "ls-tree", "--full-tree", await BaseOfAsync(clone, ct), "--", path);
            // A link may lead to anything.
            return entry.Length == 0 ? null : entry.Split(' ')[0] is "100755" or "120000";
        }
    }

    public async Task<string?> CommitOfAsync(Workspace workspace, CancellationToken ct)
    {
        var head = await _git.AskAsync(workspace.Folder, ct, "rev-parse", "--verify", "HEAD");
        return head.Succeeded && head.Output != workspace.Base ? head.Output : null;
    }

    public async Task<string?> TidyAsync(Workspace workspace, CancellationToken ct)
    {
        if (workspace.Repository is not { } clone || !Directory.Exists(clone)) return null;
        using var turn = await TakeTurnAsync(clone, ct);
        if (Directory.Exists(workspace.Folder))
        {
            if (await RemoveAsync(clone, workspace.Folder, ct) is { } reason) return $"{workspace.Folder} is kept: {reason}";
        }
        await _git.AskAsync(clone, ct, "worktree", "prune");
        // A branch without a commit of its own would hold the next attempt to an old base.
        if (workspace is { Branch: { } branch, Base: { } start })
        {
            var tip = await _git.AskAsync(clone, ct, "rev-parse", "--verify", "--quiet", $"refs/heads/{branch}");
            if (tip.Output == start) await _git.AskAsync(clone, ct, "branch", "-D", branch);
        }
        return null;
    }

    /// <returns>Why a worktree is kept; null = it is gone.</returns>
    private async Task<string?> RemoveAsync(string clone, string folder, CancellationToken ct)
    {
        var removal = await _git.AskAsync(clone, ct, "worktree", "remove", folder);
        if (removal.Succeeded) return null;
        var submodules = new Submodules(_git, folder);
        // git removes no worktree with submodules unless it is forced to, and then it looks at nothing.
        if (!await submodules.AreThereAsync(ct)) return removal.Error;
        if (await submodules.WhyKeepAsync(ct) is { } reason) return reason;
        var forced = await _git.AskAsync(clone, ct, "worktree", "remove", "--force", folder);
        return forced.Succeeded ? null : forced.Error;
    }

    private async Task FetchAsync(string clone, CancellationToken ct)
    {
        var remotes = await _git.AskAsync(clone, ct, "remote");
        if (!remotes.Output.Split('\n').Contains("origin")) return;
        var fetch = await _git.AskAsync(clone, ct, "fetch", "--quiet", "origin");
        if (!fetch.Succeeded) warn($"{clone} could not be brought up to date, and is used as it is: {fetch.Error}");
    }

    private async Task<string> BaseOfAsync(string clone, CancellationToken ct)
    {
        if (baseRef is not null) return await _git.DoAsync(clone, ct, "rev-parse", "--verify", baseRef + "^{commit}");
        var remote = await _git.AskAsync(clone, ct, "rev-parse", "--verify", "--quiet", "refs/remotes/origin/HEAD^{commit}");
        return remote.Succeeded ? remote.Output : await _git.DoAsync(clone, ct, "rev-parse", "--verify", "HEAD^{commit}");
    }

    /// <summary>A folder that is not there, with the branch free. What an earlier attempt left uncommitted stays where it is.</summary>
    private async Task<string> FreeFolderAsync(string clone, string folder, string branch, CancellationToken ct)
    {
        if (await HolderOfAsync(clone, branch, ct) is { } holder && await RemoveAsync(clone, holder, ct) is not null)
            await _git.DoAsync(holder, ct, "checkout", "--quiet", "--detach");
        var free = folder;
        for (var number = 2; Directory.Exists(free) || File.Exists(free); number++) free = $"{folder}-{number}";
        return free;
    }

    private async Task<string?> HolderOfAsync(string clone, string branch, CancellationToken ct)
    {
        string? folder = null;
        foreach (var line in (await _git.DoAsync(clone, ct, "worktree", "list", "--porcelain")).Split('\n'))
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
