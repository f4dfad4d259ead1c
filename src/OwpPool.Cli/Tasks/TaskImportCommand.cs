using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task import</c>, and under the older tool's name <c>owp admin import-tasks</c>.</summary>
internal static class TaskImportCommand
{
    private static readonly Argument<string> File = new("file")
    {
        Description = "YAML or JSON, a list of tasks; '-' reads standard input.",
    };

    private static readonly Option<string?> Repo = new("--repo", "-R")
    {
        Description = "Repo of the tasks that name none.",
        HelpName = "owner/name",
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be created and changed; change nothing." };

    private static readonly Option<string> Existing = new("--on-existing")
    {
        Description = "Tasks already in the pool: skip leaves them unchanged, update applies the file's values.",
        DefaultValueFactory = _ => "skip",
    };

    private static readonly Column<ImportedTask>[] Columns =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("result", task => task.Result),
        new("fields", task => task.Fields) { Wraps = true },
        new("title", task => task.Title) { Cuts = true, Rank = 1 },
        new("reason", task => task.Reason) { Wraps = true },
    ];

    static TaskImportCommand() => Existing.AcceptOnlyFromAmong("skip", "update");

    public static Command Create(string name) => new Command(name,
        "Add the tasks of a file, all or none. Importing the file again adds only what is new.")
    {
        File, Repo, Existing, DryRun, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<AddedTasks>());
        var path = invocation.Get(File)!;
        var file = await TaskFile.ReadAsync(path, invocation.Host.Input, ct);
        var isDryRun = invocation.Get(DryRun);
        var existing = invocation.Get(Existing) == "update" ? OnExisting.Update : OnExisting.Skip;
        using var admin = AdminConnection.Open(invocation);
        var added = await TaskFile.ImportAsync(path, () => ImportProgress.ShowAsync(invocation, admin, CountOf(file),
            () => admin.ImportTasksAsync(file, invocation.Get(Repo), isDryRun, existing, ct), ct));
        var would = isDryRun ? "would be " : "";
        invocation.Answer.Write(added, PoolWire.TypeOf<AddedTasks>(), ($"{would}created", added.Created), ($"{would}updated", added.Updated),
            ("unchanged", added.Unchanged), ("left unchanged although the file differs", added.Left));
        invocation.Answer.WriteBelow(added.Tasks, Columns);
        if (added.Left > 0) invocation.Say(HintOf(added, existing));
        return ExitCodes.Done;
    }

    private static string HintOf(AddedTasks added, OnExisting existing)
    {
        var left = added.Tasks.Where(task => task.Result == "left").ToList();
        var fields = string.Join(", ", left.SelectMany(task => task.Fields).Distinct());
        return existing is OnExisting.Skip
            ? $"The file differs in {fields}. Add --on-existing update to change these tasks; with --dry-run it only shows what would change."
            : $"{Counted.Of(left.Count, "task")} cannot be changed now: {left[0].Reason} --json tasks lists each with its reason.";
    }

    /// <summary>How many tasks the file holds, for the progress; what is wrong with it the pool says. Null = that cannot be told.</summary>
    private static int? CountOf(byte[] file)
    {
        try
        {
            var parser = new Parser(new StreamReader(new MemoryStream(file)));
            var (depth, lists, tasks) = (0, 0, 0);
            while (parser.MoveNext())
            {
                if (parser.Current is SequenceStart) lists++;
                if (parser.Current is SequenceEnd) lists--;
                if (parser.Current is MappingStart && lists == 1 && depth <= 5) tasks++;
                depth += parser.Current!.NestingIncrease;
            }
            return tasks == 0 ? null : tasks;
        }
        catch (YamlException)
        {
            return null;
        }
    }
}
