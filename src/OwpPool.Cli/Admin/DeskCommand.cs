using System.CommandLine;
using System.Globalization;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp desk</c>: what waits for a maintainer.</summary>
internal static class DeskCommand
{
    private static readonly Option<string?> Repo = new("--repo", "-R") { Description = "Only of this repo.", HelpName = "owner/name" };

    private static readonly Option<int?> Limit = Numbers.Limit(20);

    public static Command Create() => new Command("desk",
        "Show what waits for a maintainer: reviews, reported merges, blocked tasks, dead letters, failing workers, repos without room.")
    {
        Repo, Limit, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<Desk>());
        using var admin = AdminConnection.Open(invocation);
        var desk = await admin.GetDeskAsync(invocation.Get(Repo), invocation.Get(Limit), ct);
        if (invocation.Answer.IsJson) invocation.Answer.Write(desk, PoolWire.TypeOf<Desk>());
        else Show(invocation, desk);
        return ExitCodes.Done;
    }

    private static void Show(Invocation invocation, Desk desk)
    {
        if (desk.Paused)
        {
            var until = desk.PauseUntil is { } end ? $" until {end.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}" : "";
            invocation.Warn($"the pool is paused{until} and hands out nothing{(desk.PauseNote is { } note ? $": {note}" : "")}. 'owp admin resume' ends that.");
        }
        if (desk.IsEmpty) invocation.Say("Nothing waits for you.");
        var sections = new DeskSections(invocation, desk);
        sections.Reviews();
        sections.Merges();
        sections.Blocked();
        sections.DeadLetters();
        sections.Workers();
        sections.Repos();
    }
}
