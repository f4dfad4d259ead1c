namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>What a crash run did and found.</summary>
internal sealed class CrashReport(CrashPlan plan, History history, DatabaseImage image, IReadOnlyList<string> violations)
{
    private const int Shown = 20;

    /// <summary>Everything that must not be and was.</summary>
    public IReadOnlyList<string> Violations { get; } = [.. history.Violations, .. violations];

    public required TimeSpan Took { get; init; }

    /// <summary>From the start of a process to readiness, under load.</summary>
    public required IReadOnlyList<TimeSpan> Starts { get; init; }

    /// <summary>Rounds in which the server was killed before it was ready.</summary>
    public required int KilledAtStart { get; init; }

    /// <summary>Writes all of it.</summary>
    public void Print(TextWriter output)
    {
        var starts = Starts.Order().ToList();
        output.WriteLine($"{plan.Rounds} kills ({KilledAtStart} before the server was ready) in {Took.TotalSeconds:F0} s; "
            + $"starts under load: median {starts[starts.Count / 2].TotalSeconds:F1} s, longest {starts[^1].TotalSeconds:F1} s");
        output.WriteLine($"{"operation",-16}{"invoked",10}{"ok",10}{"refused",10}{"unknown",10}{"repeated",10}");
        foreach (var kind in history.Operations.GroupBy(operation => operation.Kind).OrderBy(group => group.Key))
            Row($"{kind.Key}", [.. kind]);
        Row("all", history.Operations);
        var refused = history.Operations.Where(operation => operation.Outcome is OperationOutcome.Refused);
        output.WriteLine($"refused as {Counts(refused, operation => operation.Reason!)}");
        output.WriteLine($"{image.Tasks.Count} tasks ({Counts(image.Tasks, task => task.Phase)}), {Count("task.leased")} leases");
        output.WriteLine($"{image.Events.Count} events, among them {Count("task.expired")} expired leases, {Count("task.worker_lost")} "
            + $"lost with their worker, {Count("task.withdrawn")} grants that did not arrive, {Count("task.dead_lettered")} dead letters");
        var told = history.Operations.Sum(operation => operation.Leases.Count);
        output.WriteLine($"{told} times a lease was told, {history.Replays} answers were given again by their key");
        output.WriteLine(Violations.Count == 0 ? "history clean: no violation" : $"{Violations.Count} VIOLATIONS");
        foreach (var violation in Violations.Take(Shown)) output.WriteLine($"  {violation}");

        void Row(string name, IReadOnlyCollection<Operation> operations)
        {
            var (ok, no, unknown) = (With(OperationOutcome.Ok), With(OperationOutcome.Refused), With(OperationOutcome.Unknown));
            var repeated = operations.Count(operation => operation.Sends > 1);
            output.WriteLine($"{name,-16}{operations.Count,10}{ok,10}{no,10}{unknown,10}{repeated,10}");

            int With(OperationOutcome outcome) => operations.Count(operation => operation.Outcome == outcome);
        }
    }

    /// <summary>How many of each, the most first.</summary>
    private static string Counts<T>(IEnumerable<T> items, Func<T, string> nameOf) => string.Join(", ", items.GroupBy(nameOf)
        .OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {group.Key}"));

    private int Count(string type) => image.Events.Count(logged => logged.Type == type);
}
