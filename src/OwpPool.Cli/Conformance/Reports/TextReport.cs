using System.Globalization;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Conformance.Reports;

/// <summary>A run's report for people: a score per section, what failed and why, what was not done.</summary>
internal static class TextReport
{
    public static async Task WriteAsync(ConformanceReport report, TextWriter output)
    {
        foreach (var section in report.Sections)
        {
            var (passed, done) = (section.Count(Is(Outcome.Passed)), section.Count(result => result.Outcome is not Outcome.Skipped));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{Score(section),5}  {passed,3} of {done,3}  {section.Key}{Skipped(section.Count(Is(Outcome.Skipped)))}"));
        }
        foreach (var result in report.Results.Where(Is(Outcome.Failed))) await WriteFailureAsync(result, output);
        if (report.Skipped > 0) await output.WriteLineAsync("\nNot done here:");
        foreach (var result in report.Results.Where(Is(Outcome.Skipped)))
            await output.WriteLineAsync($"  {result.Check.Id}  {Printable.Lines(result.Reason ?? "")}");
        if (report.LeftBehind.Count > 0) await output.WriteLineAsync("\nLeft behind, because the server would not let it go:");
        foreach (var thing in report.LeftBehind) await output.WriteLineAsync($"  {Printable.Of(thing)}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"\n{Score(report.Results)} of {report.Level.ToString().ToLowerInvariant()}: {report.Passed} passed, {report.Failed} failed, " +
            $"{report.Skipped} skipped in {report.Time.TotalSeconds:0} s."));
    }

    private static async Task WriteFailureAsync(CheckResult result, TextWriter output)
    {
        await output.WriteLineAsync($"\nFAILED {result.Check.Id}  {result.Check.Requirement}  ({result.Check.Section})");
        foreach (var (name, text) in new[] { ("sent", result.Failure!.Sent), ("expected", result.Failure.Expected),
            ("got", result.Failure.Got) })
            if (text is not null) await output.WriteLineAsync($"  {name,-8}  {Printable.Lines(text)}");
    }

    private static Func<CheckResult, bool> Is(Outcome outcome) => result => result.Outcome == outcome;

    private static string Score(IEnumerable<CheckResult> results) => ConformanceReport.ScoreOf(results) is { } score
        // Nothing but all is 100 %.
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(score):0} %")
        : "-";

    private static string Skipped(int count) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  ({count} skipped)");
}
