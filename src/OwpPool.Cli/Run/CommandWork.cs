namespace OwpPool.Cli.Run;

/// <summary>Does the work on a task by starting a command.</summary>
internal sealed class CommandWork(
    CommandSettings settings, ChildEnvironment environment, IWorkspaces workspaces, RunJournal journal, Action<string> warn,
    TimeProvider time) : ITaskWork
{
    // Who has taken the output along into another session may keep it open for ever.
    private static readonly TimeSpan OutputLimit = TimeSpan.FromSeconds(5);

    private readonly SecretMask _mask = settings.Mask;
    private volatile bool _hasRun;

    public async Task<WorkOutcome> DoAsync(TaskTurn turn, CancellationToken ct)
    {
        var entry = journal.Find(turn.Key);
        // The command had ended when this worker was killed.
        if (entry?.Outcome is { } known) return known;
        var isResumed = entry is not null || turn.IsRetry || turn.Lease.Status is not ("leased" or null);
        if (entry is null || !Directory.Exists(entry.Workspace.Folder))
        {
            try
            {
                entry = new JournalEntry(turn.Key, turn.Lease.TaskId, await workspaces.MakeAsync(turn.Lease, ct));
            }
            catch (Exception failure) when (failure is WorkspaceException or IOException or UnauthorizedAccessException)
            {
                return new WorkOutcome(OutcomeKind.Later)
                {
                    Message = _mask.Hide($"The worker could not prepare a folder for the task: {failure.Message}"), RestSeconds = settings.RestSeconds,
                };
            }
            journal.Put(entry);
        }
        var outcome = await RunAsync(turn, entry, isResumed, ct);
        // A blocked one is started again; of the others the pool must hear, whatever happens to this process.
        journal.Put(outcome.Kind is OutcomeKind.Blocked ? entry : entry with { Outcome = outcome });
        return outcome;
    }

    public async Task DoneAsync(TaskTurn turn, WorkOutcome? outcome, CancellationToken ct)
    {
        if (journal.Find(turn.Key) is { } entry) await TidyAsync(entry, ct);
    }

    /// <summary>Ends what an earlier life of this worker, killed, has left running. Nothing hears it any more.</summary>
    public async Task EndOrphansAsync()
    {
        foreach (var entry in journal.Entries.Where(entry => entry.ProcessGroup is not null))
        {
            await EndOrphanAsync(entry, entry.ProcessGroup!.Value);
            journal.Put(entry with { ProcessGroup = null, StartMark = null });
        }
    }

    public async Task ResumeAsync(IReadOnlySet<string> held, CancellationToken ct)
    {
        foreach (var entry in journal.Entries.Where(entry => !held.Contains(entry.LeaseKey))) await TidyAsync(entry, ct);
    }

    private async Task<WorkOutcome> RunAsync(TaskTurn turn, JournalEntry entry, bool isResumed, CancellationToken ct)
    {
        var files = new LeaseFiles(settings.Folder, turn.Key);
        var prompt = Prompt.Of(turn.Lease, entry.Workspace, files, isResumed);
        files.Prepare(prompt);
        var variables = environment.Of(turn.Lease, entry.Workspace, files, isResumed);
        await using var command = CommandProcess.Start(settings.Command, entry.Workspace.Folder, variables, settings.Grace, time);
        journal.Put(entry with { ProcessGroup = command.Group, StartMark = ProcessGroups.StartMarkOf(command.Group) });
        await turn.BeginAsync(ct);
        var branch = entry.Workspace.Branch ?? GitWorktrees.BranchOf(turn.Lease);
        var output = new CommandOutput(turn, branch, time, _mask, settings.Echo);
        var exitCode = await output.CarryAsync(command, prompt, settings.Timeout, OutputLimit, ct);
        var link = PullRequestLink.Of(ReadHidden(files.PullRequest)) ?? output.PullRequests.Choose();
        var outcome = CommandContract.Judge(exitCode, ReadHidden(files.Result), output.LastLine, link, settings, turn.IsRetry);
        // A command that has run before is there; that it could not be started now may be this task's folder.
        if (outcome.Kind is OutcomeKind.Unable) return outcome with { EndsWorker = !_hasRun };
        _hasRun = true;
        return outcome.Kind is OutcomeKind.Delivered
            ? outcome with { CommitSha = await CommitOfAsync(entry.Workspace, ct) }
            : outcome;
    }

    /// <summary>A delivery without its commit is still one.</summary>
    private async Task<string?> CommitOfAsync(Workspace workspace, CancellationToken ct)
    {
        try
        {
            return await workspaces.CommitOfAsync(workspace, ct);
        }
        catch (WorkspaceException failure)
        {
            warn($"The commit in {workspace.Folder} is not known, and not reported: {failure.Message}");
            return null;
        }
    }

    /// <summary>What the command wrote into a file, each line without secrets; null = nothing.</summary>
    private string? ReadHidden(string path) =>
        LeaseFiles.Read(path) is { } text ? string.Join('\n', text.Split('\n').Select(_mask.Hide)) : null;

    private async Task EndOrphanAsync(JournalEntry entry, int group)
    {
        if (ProcessGroups.IsOf(group, entry.LeaseKey, entry.StartMark)) await ProcessGroups.EndAsync(group, settings.Grace, time);
    }

    private async Task TidyAsync(JournalEntry entry, CancellationToken ct)
    {
        try
        {
            if (await workspaces.TidyAsync(entry.Workspace, ct) is { } left) warn(left);
        }
        catch (Exception failure) when (failure is WorkspaceException or IOException or UnauthorizedAccessException)
        {
            warn($"{entry.Workspace.Folder} is kept: {failure.Message}");
        }
        new LeaseFiles(settings.Folder, entry.LeaseKey).Delete();
        journal.Remove(entry.LeaseKey);
    }
}
