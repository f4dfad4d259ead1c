using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task edit</c>.</summary>
internal static class TaskEditCommand
{
    private static readonly Option<int?> Version = Numbers.Option(
        "--if-version", "Only if it is still this version, as 'owp task view' shows it [whatever it is].");

    public static Command Create() => new Command("edit", "Change a task. What is not named stays; '' takes an area or a description away.")
    {
        TaskOptions.Id, TaskOptions.Title, TaskOptions.Description, TaskOptions.Estimate, TaskOptions.Priority, TaskOptions.Skills,
        TaskOptions.Area, TaskOptions.Tier, TaskOptions.DependsOn, TaskOptions.NotBefore, Version, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<TaskSummary>());
        var patch = new TaskPatch
        {
            Title = invocation.Get(TaskOptions.Title),
            Description = TaskOptions.DescriptionOf(invocation),
            EstimatePoints = invocation.Get(TaskOptions.Estimate),
            Priority = invocation.Get(TaskOptions.Priority),
            RequiredSkills = TaskOptions.SkillsOf(invocation),
            Area = invocation.Get(TaskOptions.Area),
            Tier = invocation.Get(TaskOptions.Tier),
            NotBefore = TaskOptions.NotBeforeOf(invocation),
            ClearsNotBefore = TaskOptions.ClearsNotBefore(invocation),
        };
        var needs = TaskOptions.NeedsOf(invocation);
        if (patch == new TaskPatch() && needs is null)
            throw new UsageException("Nothing to change: name at least one of the options, such as --priority 80.");
        using var admin = AdminConnection.Open(invocation);
        if (needs is not null) patch = patch with { DependsOn = await Lookup.TasksAsync(admin, needs, ct) };
        var id = await Lookup.TaskAsync(admin, invocation.Get(TaskOptions.Id)!, ct);
        var task = await admin.EditTaskAsync(id, patch, invocation.Get(Version), ct);
        invocation.Answer.Write(task, PoolWire.TypeOf<TaskSummary>(),
            ("task", task.TaskId), ("title", task.Title), ("status", task.Status), ("priority", task.Priority),
            ("points", task.EstimatePoints), ("skills", task.RequiredSkills), ("area", task.Area), ("tier", task.Tier),
            ("not before", task.EligibleAt), ("version", task.Version));
        return ExitCodes.Done;
    }
}
