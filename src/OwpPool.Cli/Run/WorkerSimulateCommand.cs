using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary><c>owp worker simulate</c>: workers that wait instead of working.</summary>
internal static class WorkerSimulateCommand
{
    private static readonly Option<int?> Workers = Numbers.Whole(
        "--workers", "Register so many workers for this run, 1 to 200 [none: be the profile's worker].", 1, 200, "workers");

    private static readonly Option<double?> OpenDelay = Numbers.Seconds(
        "--open-delay", "From beginning with a task to its pull request [2]; up to 30 % more or less.", 0, 86_400);

    private static readonly Option<bool> Merge = new("--merge") { Description = "Report pull requests as merged." };

    private static readonly Option<double?> MergeDelay = Numbers.Seconds(
        "--merge-delay", "From the pull request to its merge [2]; up to 30 % more or less.", 0, 86_400);

    private static readonly Option<string?> PrBaseUrl = new("--pr-base-url")
    {
        Description = "What pull requests are called: this, a slash and a number [https://github.com/<repo>/pull].",
        HelpName = "url",
    };

    private static readonly Option<double?> Speed = Numbers.Real("--speed", "Divides all delays [1].", 0.001, 10_000, "factor");

    private static readonly Option<double?> FailureRate = Numbers.Real("--failure-rate", "Share of tasks that fail [0].", 0, 1, "0..1");

    private static readonly Option<double?> AbandonRate = Numbers.Real(
        "--abandon-rate", "Share of tasks abandoned midway [0]; another worker replaces the lost one.", 0, 1,
        "0..1");

    private static readonly Option<int?> Seed = Numbers.Whole(
        "--seed", "The same seed gives the same fates to the same tasks [0].", 0, int.MaxValue, "number");

    public static Command Create()
    {
        var command = new SelfEndingCommand("simulate", "Take tasks and pretend to work on them. "
            + "The first Ctrl-C or SIGTERM finishes what runs, the second gives it back and stops.")
        {
            WorkerConnection.Token, Workers, OpenDelay, Merge, MergeDelay, PrBaseUrl, Speed, FailureRate, AbandonRate, Seed, Answer.Json,
        };
        foreach (var option in (Option[])[.. TakingOptions.All, .. WorkerRegisterCommand.ProfileOptions]) command.Add(option);
        return command.Runs(RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var writer = new StepWriter(invocation);
        var simulation = Read(invocation);
        if (simulation.AbandonRate + simulation.FailureRate > 1)
            throw new UsageException("--failure-rate and --abandon-rate are more than 1 together.");
        using var signals = new EndSignals(isStop => writer.WriteEnd(invocation.Host.Time, isStop), ct);
        var crew = new SimulatedCrew(TakingOptions.Read(invocation, [], null), simulation, writer.Write, invocation.Host.Time);
        return await signals.GuardAsync(async () =>
        {
            var summary = await RunAsync(invocation, crew, simulation, signals.Signals);
            invocation.Say($"Ended: {summary}.");
            return signals.IsStopped ? ExitCodes.Cancelled : ExitCodes.Done;
        });
    }

    private static async Task<RunSummary> RunAsync(
        Invocation invocation, SimulatedCrew crew, SimulationSettings simulation, RunSignals signals)
    {
        if (invocation.Get(Workers) is { } count)
        {
            using var pool = PoolConnection.Open(invocation);
            Tokens.RequireSafeWay(invocation, invocation.Server!, "The new workers' tokens");
            var profile = WorkerRegisterCommand.RequestOf(invocation);
            invocation.Say($"{Counted.Of(count, "simulated worker")}, {SkillsOf(profile)}, "
                + $"wait for tasks of {invocation.Server!.AbsoluteUri.TrimEnd('/')}; Ctrl-C ends them.");
            return RunSummary.Of(await crew.RunAsync(pool, invocation.Server!, count, profile, signals));
        }
        if (simulation.AbandonRate > 0) throw new UsageException("--abandon-rate goes with --workers.");
        using var connection = WorkerConnection.Open(invocation);
        // A wrong address or token is better told at once than asked with again and again.
        var self = await connection.Client.GetSelfAsync(signals.Drain);
        invocation.Say($"{self.Name} ({self.WorkerId}) waits for tasks of {connection.Server.AbsoluteUri.TrimEnd('/')}; Ctrl-C ends it.");
        return await crew.RunAsync(connection.Server, connection.Secret, signals);
    }

    private static string SkillsOf(RegisterRequest profile) =>
        profile.Skills.Count == 0 ? "without skills" : $"with the skills {string.Join(", ", profile.Skills)}";

    private static SimulationSettings Read(Invocation invocation) => new()
    {
        OpenDelay = TimeSpan.FromSeconds(invocation.Get(OpenDelay) ?? 2),
        Merge = invocation.Get(Merge),
        MergeDelay = TimeSpan.FromSeconds(invocation.Get(MergeDelay) ?? 2),
        PullRequestBase = BaseOf(invocation),
        Speed = invocation.Get(Speed) ?? 1,
        FailureRate = invocation.Get(FailureRate) ?? 0,
        AbandonRate = invocation.Get(AbandonRate) ?? 0,
        Seed = invocation.Get(Seed) ?? 0,
    };

    private static Uri? BaseOf(Invocation invocation)
    {
        if (invocation.Get(PrBaseUrl) is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? address
            : throw new UsageException($"--pr-base-url '{text}' is no https address.");
    }
}
