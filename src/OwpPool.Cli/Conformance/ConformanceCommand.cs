using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using OwpPool.Cli.Conformance.Checks;
using OwpPool.Cli.Conformance.Reports;
using OwpPool.Cli.Conformance.Wire;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Conformance;

/// <summary><c>owp conformance</c>: holds a server to the protocol, from outside.</summary>
internal static class ConformanceCommand
{
    private const int MaxSeconds = 600;

    /// <summary>Less than a stopped command has before it is ended.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(9);

    private static readonly Option<Level> Contract = new("--level")
    {
        Description = "core: OWP v0.1 as published, what every OWP server has. pool: the whole contract of OwpPool.",
        DefaultValueFactory = _ => Level.Pool,
    };

    private static readonly Option<string?> Only = new("--only")
    {
        Description = "Only checks whose id or section has this text in it, such as R4, offer. or \"§1 Access\".",
        HelpName = "text",
    };

    private static readonly Option<bool> List = new("--list")
    {
        Description = "List the checks and what each requires, and ask no server.",
    };

    private static readonly Option<string?> JUnit = new("--junit")
    {
        Description = "Write the results to this file, too, as CI systems read them.",
        HelpName = "file",
    };

    private static readonly Option<int> Timeout = Seconds("--timeout", 30,
        "Seconds that an answer may take, on top of the wait that was asked for.");

    private static readonly Option<int> Wait = Seconds("--wait", 45,
        "Seconds that a check may wait for a lease or a worker to time out; what takes longer is skipped.");

    private static readonly Column<CheckAnswer>[] Columns =
    [
        new("id", check => check.Id),
        new("level", check => check.Level),
        new("section", check => check.Section),
        new("requires", check => check.Requirement) { Wraps = true },
    ];

    public static Command Create() => new Command("conformance",
        "Check a server against the Open Work Protocol. Exit code 0: nothing failed; 1: something did. It makes a repo conformance/… " +
        "with tasks and workers, and ends them all. Best on a pool where no other tasks wait: its workers might be given them.")
    {
        AdminConnection.Token, Contract, Only, List, Timeout, Wait, JUnit, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var level = invocation.Get(Contract);
        var checks = Catalogue.Choose(level, invocation.Get(Only));
        if (checks.Count == 0)
            throw new UsageException($"--only '{invocation.Get(Only)}': no check of this level has it in its id or section; see --list.");
        if (invocation.Get(List))
        {
            invocation.Answer.WriteAll([.. checks.Select(CheckAnswer.Of)], CliJson.Default.CheckAnswer, "There are no checks.", Columns);
            return ExitCodes.Done;
        }
        invocation.Answer.Check(CliJson.Default.ConformanceAnswer);
        if (invocation.Get(JUnit) is { } results) Prepare(results);
        var report = await CheckAsync(invocation, level, checks, ct);
        if (invocation.Get(JUnit) is { } path) await JUnitReport.WriteAsync(report, path);
        if (invocation.Answer.IsJson) invocation.Answer.Write(ConformanceAnswer.Of(report), CliJson.Default.ConformanceAnswer);
        else await TextReport.WriteAsync(report, invocation.Output);
        return report.Failed == 0 ? ExitCodes.Done : ExitCodes.Error;
    }

    private static async Task<ConformanceReport> CheckAsync(Invocation invocation, Level level, IReadOnlyList<Check> checks,
        CancellationToken ct)
    {
        var (server, token) = AdminConnection.Find(invocation);
        var (time, secrets) = (invocation.Host.Time, new Secrets());
        secrets.Add(token);
        using var http = new PlainHttp(server, TimeSpan.FromSeconds(invocation.Get(Timeout)), secrets);
        var runId = string.Create(CultureInfo.InvariantCulture,
            $"{time.GetUtcNow():yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}");
        var target = new Target(http, token, runId, TimeSpan.FromSeconds(invocation.Get(Wait))) { Warn = invocation.Warn };
        invocation.Say($"{checks.Count} checks on {server.AbsoluteUri.TrimEnd('/')} in the repo {target.Repo} …");
        var begun = time.GetTimestamp();
        using var run = new ConformanceRun(target, checks, time, StopLimit);
        try
        {
            var results = await run.RunAsync(ct);
            return new ConformanceReport(server, level, target.Repo, time.GetElapsedTime(begun), results, target.Leftovers.All);
        }
        catch (OperationCanceledException)
        {
            foreach (var thing in target.Leftovers.All) invocation.Say($"Left behind: {thing}");
            throw;
        }
    }

    /// <summary>A file that cannot be written is better told before the run than after it.</summary>
    private static void Prepare(string path)
    {
        try
        {
            File.Create(path).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--junit '{path}' cannot be written: {failure.Message}");
        }
    }

    private static Option<int> Seconds(string name, int standard, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "seconds", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxSeconds) result.AddError($"{name} must be 1 to {MaxSeconds} seconds.");
        });
        return option;
    }
}
