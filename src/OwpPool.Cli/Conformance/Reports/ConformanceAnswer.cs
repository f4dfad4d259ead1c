using System.Text.Json.Serialization;

namespace OwpPool.Cli.Conformance.Reports;

/// <summary>A run's report for programs.</summary>
internal sealed record ConformanceAnswer(
    string Server, string Level, string Repo, double Seconds, double? Score, int Passed, int Failed, int Skipped,
    IReadOnlyList<SectionAnswer> Sections, IReadOnlyList<CheckAnswer> Checks, IReadOnlyList<string> LeftBehind)
{
    public static ConformanceAnswer Of(ConformanceReport report) => new(
        report.Server.AbsoluteUri,
        WordOf(report.Level),
        report.Repo,
        Math.Round(report.Time.TotalSeconds, 1),
        Rounded(ConformanceReport.ScoreOf(report.Results)),
        report.Passed,
        report.Failed,
        report.Skipped,
        [.. report.Sections.Select(section => new SectionAnswer(
            section.Key,
            Rounded(ConformanceReport.ScoreOf(section)),
            section.Count(result => result.Outcome is Outcome.Passed),
            section.Count(result => result.Outcome is Outcome.Failed),
            section.Count(result => result.Outcome is Outcome.Skipped)))],
        [.. report.Results.Select(CheckAnswer.Of)],
        report.LeftBehind);

    internal static string WordOf<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static double? Rounded(double? score) => score is { } known ? Math.Round(known, 1) : null;
}

/// <summary>A section's score: passed in percent of passed and failed; null where nothing was done.</summary>
internal sealed record SectionAnswer(string Section, double? Score, int Passed, int Failed, int Skipped);

/// <summary>One check; what a mere list of checks does not know is left out.</summary>
internal sealed record CheckAnswer(string Id, string Section, string Level, string Requirement)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Outcome { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Seconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Expected { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Got { get; init; }

    /// <summary>Why it was skipped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    public static CheckAnswer Of(Check check) => new(check.Id, check.Section, ConformanceAnswer.WordOf(check.Level), check.Requirement);

    public static CheckAnswer Of(CheckResult result) => Of(result.Check) with
    {
        Outcome = ConformanceAnswer.WordOf(result.Outcome),
        Seconds = Math.Round(result.Time.TotalSeconds, 3),
        Sent = result.Failure?.Sent,
        Expected = result.Failure?.Expected,
        Got = result.Failure?.Got,
        Reason = result.Reason,
    };
}
