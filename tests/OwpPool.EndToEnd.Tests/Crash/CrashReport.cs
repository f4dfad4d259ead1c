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
        var rows = history.Operations.GroupBy(operation => operation.Kind.ToString()).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var row in rows) Row(row.Key, [.. row]);
        Row("all", [.. history.Operations]);
        output.WriteLine($"refused as {string.Join(", ", history.Operations.Where(operation => operation.Outcome is OperationOutcome.Refused)
            .GroupBy(operation => operation.Reason).OrderByDescending(group => group.Count()).Select(group => $"{group.Key} {group.Count()}"))}");
        output.WriteLine($"{image.Tasks.Count} tasks ({string.Join(", ", image.Tasks.GroupBy(task => task.Phase).OrderByDescending(group => group.Count())
            .Select(group => $"{group.Count()} {group.Key}"))}), {Count("task.leased")} leases, {image.Events.Count} events; "
            + $"{Count("task.expired")} expired, {Count("task.worker_lost")} lost with their worker, {Count("task.dead_lettered")} dead letters");
        output.WriteLine($"{history.Operations.Sum(operation => operation.Leases.Count)} leases told, {history.Replays} answers replayed by key");
        output.WriteLine(Violations.Count == 0 ? "history clean: no violation" : $"{Violations.Count} VIOLATIONS");
        foreach (var violation in Violations.Take(Shown)) output.WriteLine($"  {violation}");

        void Row(string name, IReadOnlyCollection<Operation> operations)
        {
            var (ok, refused, unknown) = (With(OperationOutcome.Ok), With(OperationOutcome.Refused), With(OperationOutcome.Unknown));
            output.WriteLine($"{name,-16}{operations.Count,10}{ok,10}{refused,10}{unknown,10}{operations.Count(operation => operation.Sends > 1),10}");

            int With(OperationOutcome outcome) => operations.Count(operation => operation.Outcome == outcome);
        }
    }

    private int Count(string type) => image.Events.Count(logged => logged.Type == type);
}
