using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Logging;
using OwpPool.Core.Shared;

namespace OwpPool.Grains.Hosting;

/// <summary>Tells the log what the pool does: a line for each event, once it is stored. Names, titles, reasons and messages are other
/// people's text and stay in the audit log.</summary>
internal static partial class EventLines
{
    /// <summary>Details that are written; all of them are ids, words, numbers and addresses.</summary>
    private static readonly string[] Shown =
    [
        "worker_id", "phase", "attempts", "act", "tasks", "changes", "outcome", "pr_url", "confirmed_by", "until", "trust_tier_before", "trust_tier",
        "max_open_prs", "role", "invite_id",
    ];

    /// <summary>What somebody may have to look at.</summary>
    private static readonly FrozenSet<string> Warnings = FrozenSet.Create(StringComparer.Ordinal,
        "task.expired", "task.worker_lost", "task.dead_lettered", "worker.offline", "worker.paused_by_failures", "worker.demoted");

    /// <summary>What happens often and changes little, or what a line of another event or of the maintainer's request says too.</summary>
    private static readonly FrozenSet<string> Details = FrozenSet.Create(StringComparer.Ordinal,
        "task.created", "task.edited", "task.moved", "task.noted", "task.started", "task.lease_renewed", "task.offered",
        "task.offer_rejected", "task.offer_expired", "task.offer_withdrawn", "task.withdrawn", "worker.seen", "worker.rejected_offer",
        "worker.reputation_changed", "repo.budget_reserved");

    /// <summary>Writes them.</summary>
    public static void Write(ILogger logger, IReadOnlyList<AuditEvent> events)
    {
        foreach (var item in events)
        {
            var level = LevelOf(item.Type);
            if (logger.IsEnabled(level)) Log(logger, level, item.Type, item.Target, item.Actor, DetailsOf(item));
        }
    }

    private static LogLevel LevelOf(string type) =>
        Warnings.Contains(type) ? LogLevel.Warning : Details.Contains(type) ? LogLevel.Debug : LogLevel.Information;

    private static string DetailsOf(AuditEvent item)
    {
        var text = new StringBuilder();
        if (item.Repo is { } repo && repo != item.Target) text.Append(" repo=").Append(repo);
        foreach (var name in Shown)
        {
            if (item.Details.GetValueOrDefault(name) is { Length: > 0 } value && value != item.Actor && !IsSaidBy(item.Type, value))
                text.Append(' ').Append(name).Append('=').Append(value);
        }
        return text.ToString();
    }

    /// <summary>Whether the event's name says it: <c>task.merged</c> needs no phase <c>merged</c>.</summary>
    private static bool IsSaidBy(string type, string value) => type.EndsWith($".{value}", StringComparison.Ordinal);

    [LoggerMessage(EventId = 111, Message = "{EventType} {Target} by {Actor}{Details}")]
    private static partial void Log(ILogger logger, LogLevel level, string eventType, string target, string actor, string details);
}
