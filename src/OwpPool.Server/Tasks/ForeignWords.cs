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

    private readonly Func<string, bool> _isHeard;

    private ForeignWords(Func<string, bool> isHeard) => _isHeard = isHeard;

    /// <summary>All of them: for maintainers.</summary>
    public static ForeignWords All { get; } = new(static _ => true);

    /// <summary>What this worker hears about the task.</summary>
    public static async Task<ForeignWords> ForAsync(string workerId, TaskState task, SqliteStorage storage, CancellationToken cancellationToken)
    {
        var heard = new HashSet<string>(StringComparer.Ordinal) { workerId };
        foreach (var other in task.History.Select(attempt => attempt.WorkerId).Where(id => id != workerId).Distinct(StringComparer.Ordinal))
        {
            var row = await storage.ReadModel.ReadWorkerAsync(other, cancellationToken);
            if (row is not null && PoolStateJson.Deserialize<WorkerState>(row) is { Revoked: false, TrustTier: >= TrustTier.Trusted }) heard.Add(other);
        }
        return new ForeignWords(heard.Contains);
    }

    /// <summary>Why the lease ended, as its holder or the pool said; null where that is not told.</summary>
    public string? Of(Attempt attempt) => attempt.Outcome is AttemptOutcome.Released or AttemptOutcome.Failed or AttemptOutcome.PrOpened
        && !_isHeard(attempt.WorkerId) ? null : attempt.Reason;

    /// <summary>The details of an event without what is not told.</summary>
    public JsonElement Of(PoolEvent past, JsonElement details)
    {
        if (!Ids.IsId(past.Actor, Ids.Worker) || _isHeard(past.Actor)) return details;
        var told = details.EnumerateObject().Where(member => !Said.Contains(member.Name))
            .ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
        return JsonSerializer.SerializeToElement(told, Wire.Json.IReadOnlyDictionaryStringJsonElement);
    }
}
