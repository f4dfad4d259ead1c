using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>A task that was added, or was there.</summary>
/// <param name="TaskId">Its id.</param>
/// <param name="Created">It is new.</param>
internal sealed record CreatedTask(string TaskId, bool Created);

/// <summary><c>owp task create</c>, and under the older tool's name <c>owp admin add-task</c>.</summary>
internal static class TaskCreateCommand
{
    private static readonly Option<string> Repo = new("--repo", "-R")
    {
        Description = "Its repo; 'owp repo create' adds one.",
        HelpName = "owner/name",
        Required = true,
    };

    private static readonly Option<string?> ExternalId = new("--external-id")
    {
        Description = "Your own name for it: the same again finds the first task and changes nothing.",
        HelpName = "text",
    };

    public static Command Create(string name) => new Command(name, "Add a task.")
    {
        Repo, TaskOptions.Title, TaskOptions.Description, TaskOptions.Estimate, TaskOptions.Priority, TaskOptions.Skills, TaskOptions.Area,
        TaskOptions.Tier, TaskOptions.DependsOn, TaskOptions.NotBefore, ExternalId, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(CliJson.Default.CreatedTask);
        var title = invocation.Get(TaskOptions.Title) ?? throw new UsageException("A task needs --title: what to do, in one line.");
        var request = new TaskRequest(invocation.Get(Repo)!, title)
        {
            Description = TaskOptions.DescriptionOf(invocation),
            EstimatePoints = invocation.Get(TaskOptions.Estimate),
            Priority = invocation.Get(TaskOptions.Priority),
            RequiredSkills = TaskOptions.SkillsOf(invocation),
            Area = invocation.Get(TaskOptions.Area),
            Tier = invocation.Get(TaskOptions.Tier),
            NotBefore = TaskOptions.NotBeforeOf(invocation),
            ExternalId = invocation.Get(ExternalId),
        };
        using var admin = AdminConnection.Open(invocation);
        if (TaskOptions.NeedsOf(invocation) is { } needs) request = request with { DependsOn = await Lookup.TasksAsync(admin, needs, ct) };
        var added = await admin.AddTaskAsync(request, ct);
        var created = new CreatedTask(added.TaskId, added.IsNew);
        invocation.Answer.Write(created, CliJson.Default.CreatedTask, ("task", created.TaskId), ("created", created.Created));
        if (!added.IsNew) invocation.Say("A task with this external id was there already; it stays as it is.");
        return ExitCodes.Done;
    }
}
