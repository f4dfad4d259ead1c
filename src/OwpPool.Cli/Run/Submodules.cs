namespace OwpPool.Cli.Run;

/// <summary>The submodules of a worktree. Their repositories are a part of it and go with it, unlike its own commits, which are in the
/// clone.</summary>
internal sealed class Submodules(Git git, string worktree)
{
    private const string LinkMode = "160000 ";

    /// <summary>Whether it has any, checked out or not.</summary>
    public async Task<bool> AreThereAsync(CancellationToken ct) =>
        await ModulesFolderAsync(ct) is not null || (await LinksOfAsync(worktree, ct)).Count > 0;

    /// <summary>What is in the worktree or in a submodule of it, at any depth, and nowhere else; null = nothing.</summary>
    public async Task<string?> WhyKeepAsync(CancellationToken ct)
    {
        string[] checkouts = [worktree, .. await CheckoutsInAsync(worktree, ct)];
        foreach (var checkout in checkouts)
        {
            var status = await git.AskAsync(
                checkout, ct, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none");
            if (!status.Succeeded) return $"{NameOf(checkout)} cannot be looked at: {status.Error}";
            if (status.Output.Length > 0) return $"{NameOf(checkout)} has changes that are not committed";
        }
        // Also those that are not checked out any more.
        var modules = await ModulesFolderAsync(ct) is { } folder ? RepositoriesIn(folder) : [];
        var embedded = checkouts.Skip(1).Select(checkout => Path.Combine(checkout, ".git")).Where(Directory.Exists);
        foreach (var repository in modules.Concat(embedded))
        {
            var commits = await git.AskAsync(worktree, ct, $"--git-dir={repository}", $"--work-tree={repository}", "rev-list",
                "--max-count=1", "HEAD", "--branches", "--glob=refs/stas[h]", "--not", "--remotes");
            if (!commits.Succeeded) return $"the submodule in {repository} cannot be looked at: {commits.Error}";
            if (commits.Output.Length > 0) return $"the submodule in {repository} has commits that are not pushed, such as {commits.Output}";
        }
        return null;
    }

    private string NameOf(string checkout) => checkout == worktree ? "it" : $"its submodule {Path.GetRelativePath(worktree, checkout)}";

    private async Task<IReadOnlyList<string>> CheckoutsInAsync(string checkout, CancellationToken ct)
    {
        var all = new List<string>();
        foreach (var link in await LinksOfAsync(checkout, ct))
        {
            var submodule = Path.Combine(checkout, link);
            if (!Path.Exists(Path.Combine(submodule, ".git"))) continue;
            all.Add(submodule);
            all.AddRange(await CheckoutsInAsync(submodule, ct));
        }
        return all;
    }

    private async Task<IReadOnlyList<string>> LinksOfAsync(string checkout, CancellationToken ct)
    {
        var index = await git.AskAsync(checkout, ct, "ls-files", "--stage", "-z");
        return [.. index.Output.Split('\0').Where(entry => entry.StartsWith(LinkMode, StringComparison.Ordinal))
            .Select(entry => entry[(entry.IndexOf('\t', StringComparison.Ordinal) + 1)..])];
    }

    /// <summary>Where the worktree keeps its submodules' repositories; null = it has none.</summary>
    private async Task<string?> ModulesFolderAsync(CancellationToken ct)
    {
        var own = await git.AskAsync(worktree, ct, "rev-parse", "--absolute-git-dir");
        var folder = Path.Combine(own.Output, "modules");
        return own.Succeeded && Directory.Exists(folder) ? folder : null;
    }

    private static IEnumerable<string> RepositoriesIn(string folder) =>
        Directory.EnumerateFiles(folder, "HEAD", SearchOption.AllDirectories).Select(head => Path.GetDirectoryName(head)!)
            .Where(repository => Directory.Exists(Path.Combine(repository, "objects")));
}
