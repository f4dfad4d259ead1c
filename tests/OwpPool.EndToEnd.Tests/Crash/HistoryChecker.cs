namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>Holds what clients were told against the log: every answer must have been true at some moment between its request and itself.
/// </summary>
/// <remarks>The moments are positions in the log. An answer that somebody had before the request was sent puts a lower bound to it (what it
/// acknowledged was committed by then, and the log is in the order of commits); an event that was decided after the answer cannot have
/// been seen by it. Operations without an answer may count either way, but once at most.</remarks>
internal sealed partial class HistoryChecker
{
    private readonly EventLogReplay _log;
    private readonly Dictionary<string, List<LoggedEvent>> _effects;
    private readonly Dictionary<string, List<TaskBook>> _tasksOfWorker;
    private readonly (DateTimeOffset At, long Seq)[] _known;
    private readonly (DateTimeOffset At, long Seq)[] _decided;
    private readonly List<string> _violations = [];

    private HistoryChecker(IReadOnlyCollection<Operation> operations, DatabaseImage image, EventLogReplay log)
    {
        _log = log;
        _effects = image.Events.Where(logged => logged.Marker?.StartsWith("op-", StringComparison.Ordinal) is true)
            .GroupBy(logged => logged.Marker!, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        _tasksOfWorker = log.Leases.Values.GroupBy(lease => lease.WorkerId, lease => lease.TaskId, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Distinct().Select(task => log.Tasks[task]).ToList(), StringComparer.Ordinal);
        _known = Ascending(operations.Where(operation => operation.Outcome is OperationOutcome.Ok)
            .Select(operation => (operation.AnsweredAt, ProvenBy(operation))));
        _decided = Ascending(image.Events.Select(logged => (logged.At, logged.Seq)));
    }

    /// <summary>Everything that the history and the log say must not be.</summary>
    public static IReadOnlyList<string> Check(IReadOnlyCollection<Operation> operations, DatabaseImage image, TimeSpan leaseTtl)
    {
        var log = new EventLogReplay(image, leaseTtl);
        var checker = new HistoryChecker(operations, image, log);
        foreach (var operation in operations) checker.Check(operation);
        checker.CheckOrigins(operations);
        checker.CheckKeyedClaims(operations);
        return [.. log.Violations, .. checker._violations];
    }

    private void Check(Operation operation)
    {
        var effects = _effects.GetValueOrDefault(operation.Marker) ?? [];
        Require(effects.Count <= 1, operation, $"has {effects.Count} effects: {string.Join(", ", effects)}");
        switch (operation.Outcome)
        {
            case OperationOutcome.Ok:
                Require(!operation.IsForged, operation, "was accepted with a token that is not its actor's");
                CheckAcknowledged(operation, effects);
                break;
            case OperationOutcome.Refused:
                Require(operation.Sends > 1 || effects.Count == 0, operation,
                    $"was refused, and its effect is stored: {string.Join(", ", effects)}");
                CheckRefused(operation);
                break;
        }
    }

    /// <summary>What the log says at some moment between request and answer: the first and the last event of it.</summary>
    private (long From, long To) Window(Operation operation) =>
        (LastUntil(_known, operation.InvokedAt), LastUntil(_decided, operation.AnsweredAt));

    /// <summary>The newest event that an acknowledgement proves to be committed.</summary>
    private long ProvenBy(Operation operation)
    {
        var seq = _effects.TryGetValue(operation.Marker, out var effects) ? effects[^1].Seq : 0;
        foreach (var told in operation.Leases)
            if (_log.Leases.TryGetValue(told.LeaseId, out var lease)) seq = Math.Max(seq, lease.GrantedBy);
        return operation is { Kind: OperationKind.Register, Answer: { } workerId } && _log.Workers.TryGetValue(workerId, out var worker)
            ? Math.Max(seq, worker[0].Seq)
            : seq;
    }

    /// <summary>Every change that a worker or an admin made was asked for by it.</summary>
    private void CheckOrigins(IReadOnlyCollection<Operation> operations)
    {
        var byMarker = operations.ToDictionary(operation => operation.Marker, StringComparer.Ordinal);
        foreach (var (marker, effects) in _effects)
        {
            foreach (var effect in effects)
            {
                if (!byMarker.TryGetValue(marker, out var operation)) Fail($"{effect} says that {marker} caused it, which nobody sent.");
                else if (effect.Actor != operation.Actor || operation.IsForged) Fail($"{effect} was caused by {operation}.");
            }
        }
    }

    /// <summary>A key takes work once: once an answer to it has brought leases, no later one brings others.</summary>
    private void CheckKeyedClaims(IReadOnlyCollection<Operation> operations)
    {
        var unanswered = operations.Where(operation => operation.AsksForWork && operation.Outcome is OperationOutcome.Unknown)
            .Select(operation => (operation.Actor, Window: Window(operation))).ToLookup(lost => lost.Actor, lost => lost.Window);
        foreach (var claims in operations.Where(operation => operation is { Kind: OperationKind.KeyedClaim, Outcome: OperationOutcome.Ok })
            .GroupBy(operation => (operation.Actor, operation.Key)))
        {
            Operation? first = null;
            foreach (var claim in claims.OrderBy(claim => claim.InvokedAt))
            {
                if (first is not null) CheckTookNothing(claim, first, unanswered[claim.Actor]);
                else if (claim.TookWork) first = claim;
            }
        }
    }

    /// <summary>Whatever the worker holds was granted before it asked, or by a request whose answer was lost.</summary>
    private void CheckTookNothing(Operation claim, Operation first, IEnumerable<(long From, long To)> unanswered)
    {
        var asked = Window(claim).From;
        foreach (var told in claim.Leases)
        {
            if (!_log.Leases.TryGetValue(told.LeaseId, out var lease) || lease.GrantedBy <= asked) continue;
            if (unanswered.Any(lost => lease.GrantedBy > lost.From && lease.GrantedBy <= lost.To)) continue;
            Fail($"{claim} took {told}; its key had taken work before, in {first}.");
        }
    }

    /// <summary>Pairs in the order of time, each with the greatest number so far.</summary>
    private static (DateTimeOffset At, long Seq)[] Ascending(IEnumerable<(DateTimeOffset At, long Seq)> pairs)
    {
        var sorted = pairs.OrderBy(pair => pair.At).ToArray();
        for (var i = 1; i < sorted.Length; i++) sorted[i].Seq = Math.Max(sorted[i].Seq, sorted[i - 1].Seq);
        return sorted;
    }

    private static long LastUntil((DateTimeOffset At, long Seq)[] sorted, DateTimeOffset instant)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle].At <= instant) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : sorted[low - 1].Seq;
    }

    private void Require(bool holds, Operation operation, string violation)
    {
        if (!holds) Fail($"{operation} {violation}.");
    }

    private void Fail(string violation) => _violations.Add(violation);
}
