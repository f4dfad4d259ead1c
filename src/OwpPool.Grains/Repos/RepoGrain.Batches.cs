using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Tasks by the thousand: first asked whether they may come, then added without asking.</summary>
public sealed partial class RepoGrain
{
    /// <inheritdoc />
    public async Task<Refusal?> AdmitAsync(AdmitTasks command)
    {
        EnsureServing();
        if (!State.Exists) return Refusal.NotFound("repo") with { Field = "repo", Suggestion = "Register the repo first." };
        if (_ledger.Backlog.Count + command.TaskIds.Count > matchingOptions.Value.MaxReadyPerRepo)
        {
            var known = await reader.ReadPhasesAsync(command.TaskIds, CancellationToken.None);
            if (_ledger.Backlog.Count + command.TaskIds.Count - known.Count > matchingOptions.Value.MaxReadyPerRepo) return Full;
        }
        return await DependencyRules.WhyUnknownAsync(reader, command.Needs);
    }

    /// <inheritdoc />
    public async Task CreateTasksAsync(CreateTasks command)
    {
        EnsureKnown();
        await Task.WhenAll(command.Tasks.Select(task => AskAsync(task.TaskId, CommandOf(task))));
        var needs = command.Tasks.SelectMany(task => task.Spec.DependsOn).Distinct(StringComparer.Ordinal).ToList();
        if (needs.Count > 0) await ResolveDependenciesAsync(needs);
        await EnsureSweepAsync();
    }

    private TaskCommand.Create CommandOf(CreateTask command) =>
        new(command.TaskId, State.Repo, State.Name, command.Spec, command.Actor, command.ReadyAt);

    private static Refusal Full => Refusal.Conflict(RefusalReason.LimitReached, "The repo has as many ready tasks as it may.",
        "Add more when some of them are done, or raise OwpPool__Matching__MaxReadyPerRepo.");
}
