namespace OwpPool.Simulation;

/// <summary>What is printed of a seed that failed.</summary>
internal static class FailureReport
{
    private const int LastLines = 30;

    /// <summary>The broken promise and the command that shows it again.</summary>
    internal static string Describe(SeedResult result, Violation violation, int operations) => $"""
        seed {result.Seed} FAILED after {result.Operations} operations: {violation.Invariant}: {violation.Message}
        replay: eng/simulate.sh --seed {result.Seed} --trace{(operations == SeedBatch.DefaultOperations ? "" : $" --ops {operations}")}
        """;

    /// <summary>The same, with the last operations: the seed runs once more for them.</summary>
    internal static string DescribeAtLength(SeedResult result, Violation violation, int operations)
    {
        var traced = SeedRun.Run(result.Seed, operations, tracing: true);
        var lines = traced.Log.TakeLast(LastLines).Prepend($"the last of {traced.Log.Count} lines:");
        return $"{string.Join('\n', lines)}\n{Describe(result, violation, operations)}";
    }
}
