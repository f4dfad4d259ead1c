using System.Collections.Frozen;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks;

/// <summary>Which words of others a worker is told. What it reads goes to its agent, which cannot tell a stranger's words from a
/// maintainer's: of workers below trust <c>trusted</c> it hears what they did, not what they said.</summary>
internal sealed class ForeignWords
{
    private static readonly FrozenSet<string> Said = FrozenSet.Create(StringComparer.Ordinal, "reason", "message", "note", "pr_url");

    private readonly string? _workerId;
    private readonly IReadOnlyDictionary<string, TrustTier> _others;

    private ForeignWords(string? workerId, IReadOnlyDictionary<string, TrustTier> others) => (_workerId, _others) = (workerId, others);

    /// <summary>All of them: for maintainers.</summary>
    public static ForeignWords All { get; } = new(null, FrozenDictionary<string, TrustTier>.Empty);

    /// <summary>What this worker hears about the task.</summary>
    public static async Task<ForeignWords> ForAsync(string workerId, TaskState task, SqliteStorage storage, CancellationToken cancellationToken)
    {
        var others = new Dictionary<string, TrustTier>(StringComparer.Ordinal);
        foreach (var other in task.History.Select(attempt => attempt.WorkerId).Where(id => id != workerId).Distinct(StringComparer.Ordinal))
        {
            var row = await storage.ReadModel.ReadWorkerAsync(other, cancellationToken);
            // Of one that was shut out nothing is believed any more.
            if (row is not null && PoolStateJson.Deserialize<WorkerState>(row) is var state)
                others.Add(other, state.Revoked ? TrustTier.Untrusted : state.TrustTier);
        }
        return new ForeignWords(workerId, others);
    }

    /// <summary>The trust of another worker; null where it is not told.</summary>
    public TrustTier? TrustOf(string workerId) => _others.TryGetValue(workerId, out var trust) ? trust : null;

    /// <summary>Why the lease ended, as its holder or the pool said; null where that is not told.</summary>
    public string? Of(Attempt attempt) => attempt.Outcome is AttemptOutcome.Released or AttemptOutcome.Failed or AttemptOutcome.PrOpened
        && !IsHeard(attempt.WorkerId) ? null : attempt.Reason;

    private bool IsHeard(string workerId) =>
        _workerId is null || workerId == _workerId || (_others.TryGetValue(workerId, out var trust) && trust >= TrustTier.Trusted);

    /// <summary>The details of an event without what is not told.</summary>
    public JsonElement Of(PoolEvent past, JsonElement details)
    {
        if (!Ids.IsId(past.Actor, Ids.Worker) || IsHeard(past.Actor)) return details;
        var told = details.EnumerateObject().Where(member => !Said.Contains(member.Name))
            .ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        return JsonSerializer.SerializeToElement(told, Wire.Json.IReadOnlyDictionaryStringJsonElement);
    }
}
