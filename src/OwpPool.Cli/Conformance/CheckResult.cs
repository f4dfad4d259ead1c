namespace OwpPool.Cli.Conformance;

/// <summary>How a check ended.</summary>
internal enum Outcome
{
    /// <summary>The server does what is required.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>It could not be seen here.</summary>
    Skipped,
}

/// <summary>What one check found.</summary>
/// <param name="Failure">What was sent, expected and got; null unless it failed.</param>
/// <param name="Reason">Why it was skipped; null unless it was.</param>
internal sealed record CheckResult(Check Check, Outcome Outcome, TimeSpan Time, CheckFailedException? Failure = null,
    string? Reason = null);

/// <summary>What a run found.</summary>
/// <param name="Server">The server's address.</param>
/// <param name="Repo">The repo that the run left behind, paused.</param>
/// <param name="Results">In the order of the contract.</param>
/// <param name="LeftBehind">What else it could not put away.</param>
internal sealed record ConformanceReport(
    Uri Server, Level Level, string Repo, TimeSpan Time, IReadOnlyList<CheckResult> Results, IReadOnlyList<string> LeftBehind)
{
    public int Passed => Count(Outcome.Passed);

    public int Failed => Count(Outcome.Failed);

    public int Skipped => Count(Outcome.Skipped);

    /// <summary>The results by section, in the order of the contract.</summary>
    public IEnumerable<IGrouping<string, CheckResult>> Sections => Results.GroupBy(result => result.Check.Section);

    /// <summary>Passed checks in percent of those that were done; null where none was.</summary>
    public static double? ScoreOf(IEnumerable<CheckResult> results)
    {
        var done = results.Where(result => result.Outcome is not Outcome.Skipped).ToList();
        return done.Count == 0 ? null : 100.0 * done.Count(result => result.Outcome is Outcome.Passed) / done.Count;
    }

    private int Count(Outcome outcome) => Results.Count(result => result.Outcome == outcome);
}
