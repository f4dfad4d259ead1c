using System.Globalization;
using System.Text.Json;
using OwpPool.Core.Audit;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.Audit;

namespace OwpPool.Server.Audit;

/// <summary>A page of the audit log.</summary>
public sealed record AuditEventsResponse
{
    /// <summary>The events, newest first unless asked otherwise.</summary>
    public required IReadOnlyList<AuditEventWire> Events { get; init; }

    /// <summary>How many events the filter finds in all, counted up to 10,000; without a filter always all.</summary>
    public required long Total { get; init; }

    /// <summary>False where there are more than total says.</summary>
    public required bool TotalIsExact { get; init; }

    /// <summary>Ask for the next page with it; null on the last.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>One change.</summary>
public sealed record AuditEventWire
{
    /// <summary>Prefix e_ and the number of the event; later events have greater ones.</summary>
    public required string Id { get; init; }

    /// <summary>When, RFC 3339 in UTC.</summary>
    public required string Timestamp { get; init; }

    /// <summary>What happened: noun.past_tense.</summary>
    public required string EventType { get; init; }

    /// <summary>Who: a worker id, admin, or system.</summary>
    public required string Actor { get; init; }

    /// <summary>What changed: the id of a task, worker or repo.</summary>
    public required string Target { get; init; }

    /// <summary>The repo, where the change belongs to one.</summary>
    public required string? Repo { get; init; }

    /// <summary>An object: what it is now, and under names that end in _before what it was.</summary>
    public required JsonElement Details { get; init; }

    internal static AuditEventWire Of(AuditEntry entry) => new()
    {
        Id = IdOf(entry.Seq),
        Timestamp = entry.At,
        EventType = entry.Type,
        Actor = entry.Actor,
        Target = entry.Target,
        Repo = entry.Repo,
        Details = DetailsOf(entry.Details),
    };

    internal static string IdOf(long seq) => string.Create(CultureInfo.InvariantCulture, $"e_{seq}");

    /// <summary>Details that somebody has damaged in the database are shown as the text that they are.</summary>
    internal static JsonElement DetailsOf(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text, Hosting.Wire.Json.String);
        }
    }
}

/// <summary>Whether the audit log is what the pool has written.</summary>
public sealed record AuditVerifyResponse
{
    /// <summary>Nothing is wrong.</summary>
    public required bool Ok { get; init; }

    /// <summary>Events looked at.</summary>
    public required long Events { get; init; }

    /// <summary>The mark before the oldest event that is kept: its number and the hash that it builds on.</summary>
    public required string Anchor { get; init; }

    /// <summary>The mark of the newest event. Note it somewhere else: sent as 'mark' later, it shows that everything up to here is what it
    /// was.</summary>
    public required string Head { get; init; }

    /// <summary>How many places are wrong.</summary>
    public required long FaultCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<AuditFaultWire> Faults { get; init; }

    internal static AuditVerifyResponse Of(ChainReport report) => new()
    {
        Ok = report.IsIntact,
        Events = report.Events,
        Anchor = report.Anchor.ToString(),
        Head = report.Head.ToString(),
        FaultCount = report.FaultCount,
        Faults = [.. report.Faults.Select(fault => new AuditFaultWire
        {
            Id = AuditEventWire.IdOf(fault.Seq),
            Kind = fault.Kind,
            Message = fault.Message,
        })],
    };
}

/// <summary>A place where the log is not what the pool has written.</summary>
public sealed record AuditFaultWire
{
    /// <summary>The first event concerned.</summary>
    public required string Id { get; init; }

    /// <summary>changed, missing, foreign, rewritten or noted_mark.</summary>
    [OneOf(nameof(WordLists.AuditFaultKind))]
    public required string Kind { get; init; }

    /// <summary>What is wrong.</summary>
    public required string Message { get; init; }
}
