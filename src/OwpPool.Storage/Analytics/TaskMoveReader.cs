using System.Text;
using System.Text.Json;
using OwpPool.Core.Analytics;
using OwpPool.Core.Tasks;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Analytics;

/// <summary>Reads a task's step out of its event; by hand, for there may be a million.</summary>
internal static class TaskMoveReader
{
    /// <summary>The events that end a wait, a lease or a review; the most frequent first. Steps within a lease are not among them: its end
    /// tells of the whole.</summary>
    private static readonly byte[][] Types =
    [
        .. new[]
        {
            "task.leased", "task.merged", "task.pr_opened", "task.offered", "task.released", "task.expired", "task.failed",
            "task.worker_lost", "task.dead_lettered", "task.requeued", "task.rejected", "task.changes_requested", "task.cancelled",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>The step of a row with the columns type, at, actor, details.</summary>
    /// <returns>False for an event that is no step, was written before events told of times, or was damaged.</returns>
    public static bool TryRead(PreparedStatement row, out TaskMove move)
    {
        move = default;
        if (!EndsAWait(row)) return false;
        TaskPhase? from = null, to = null;
        DateTimeOffset? since = null, leased = null, created = null;
        string? worker = null;
        try
        {
            var reader = new Utf8JsonReader(row.GetUtf8(3));
            while (reader.Read())
            {
                if (reader.TokenType is not JsonTokenType.PropertyName) continue;
                if (reader.ValueTextEquals("phase"u8)) to = Phase(ref reader);
                else if (reader.ValueTextEquals("phase_before"u8)) from = Phase(ref reader);
                else if (reader.ValueTextEquals("phase_since"u8)) since = Instant(ref reader);
                else if (reader.ValueTextEquals("leased_at"u8)) leased = Instant(ref reader);
                else if (reader.ValueTextEquals("created_at"u8)) created = Instant(ref reader);
                else if (reader.ValueTextEquals("worker_id"u8)) worker = Text(ref reader);
                else reader.Skip();
            }
            if (from is null || to is null || since is null) return false;
            move = new TaskMove
            {
                At = InstantText.Parse(row.GetUtf8(1)),
                From = from.Value,
                To = to.Value,
                Since = since.Value,
                LeasedAt = leased,
                CreatedAt = created,
                Worker = worker ?? row.GetText(2),
            };
            return true;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            // Somebody has changed the row with a tool of his own; the audit says so, and the figures do without it.
            return false;
        }
    }

    private static bool EndsAWait(PreparedStatement row)
    {
        var type = row.GetUtf8(0);
        foreach (var known in Types)
            if (type.SequenceEqual(known)) return true;
        // There is one start of work for every lease, and hardly one of them ends a review.
        return type.SequenceEqual("task.started"u8) && row.GetUtf8(3).IndexOf("\"phase_before\":\"pr_opened\""u8) >= 0;
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static TaskPhase? Phase(ref Utf8JsonReader reader)
    {
        reader.Read();
        for (var i = 0; i < Phases.Length; i++)
            if (reader.ValueTextEquals(Phases[i])) return (TaskPhase)i;
        return null;
    }

    private static DateTimeOffset? Instant(ref Utf8JsonReader reader)
    {
        reader.Read();
        return InstantText.Parse(reader.ValueSpan);
    }

    private static readonly byte[][] Phases = [.. Enum.GetValues<TaskPhase>().Select(phase => Encoding.UTF8.GetBytes(phase.Wire()))];
}
