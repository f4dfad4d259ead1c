using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage.Audit;

namespace OwpPool.Server.Audit;

/// <summary>The query of <c>GET /v1/audit/events</c>.</summary>
/// <param name="Filter">What is wanted.</param>
/// <param name="Page">Which part of it.</param>
public sealed record AuditRequest(AuditFilter Filter, AuditPage Page)
{
    /// <summary>Events of a page where nothing else is asked for.</summary>
    public const int StandardLimit = 50;

    /// <summary>Most events of a page.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>Most events passed over: each is read.</summary>
    public const int MaxOffset = 100_000;

    /// <summary>Longest event type.</summary>
    public const int MaxTypeLength = 100;

    private const string Ascending = "asc";

    /// <summary>Orders of the log; the first is taken where none is asked for.</summary>
    internal static readonly string[] Orders = ["desc", Ascending];

    private const string Prefix = "e_";

    /// <summary>Reads it, or says all that is wrong with it.</summary>
    public static (AuditRequest? Request, Problem? Problem) Read(IQueryCollection parameters)
    {
        var query = new QueryFields(parameters);
        var filter = new AuditFilter
        {
            EventType = query.Text("event_type", MaxTypeLength, TextRules.WhyNotLine),
            Actor = query.Text("actor", Ids.MaxLength, TextRules.WhyNotLine),
            Target = query.Text("target", Names.MaxRepoKeyLength, TextRules.WhyNotLine) is { } target ? CanonicalTarget(target) : null,
            Repo = query.Text("repo", Names.MaxRepoKeyLength, text => Names.IsRepoKey(text) ? null : "must be 'name' or 'owner/name'") is { } repo
                ? Names.CanonicalRepo(repo) : null,
            Since = query.Instant("since"),
            Until = query.Instant("until"),
        };
        if (filter.Since > filter.Until) query.Reject("until", "must not be before since");
        var page = new AuditPage
        {
            Ascending = query.Word("order", Orders) == Ascending,
            Beyond = ReadCursor(query),
            Offset = query.Integer("offset", 0, MaxOffset) ?? 0,
            Limit = query.Integer("limit", 1, MaxLimit) ?? StandardLimit,
        };
        if (page is { Beyond: not null, Offset: > 0 }) query.Reject("offset", "must not be given with a cursor");
        return query.Problem is { } problem ? (null, problem) : (new AuditRequest(filter, page), null);
    }

    /// <summary>The cursor of the page behind a full one.</summary>
    public string? CursorAfter(IReadOnlyList<AuditEntry> entries) =>
        entries.Count < Page.Limit ? null : AuditEventWire.IdOf(entries[^1].Seq);

    private static long? ReadCursor(QueryFields query)
    {
        var cursor = query.Text("cursor", Ids.MaxLength, static text => TryParse(text, out _) ? null : "must be the next_cursor of a page");
        return cursor is not null && TryParse(cursor, out var seq) ? seq : null;
    }

    private static bool TryParse(string text, out long seq)
    {
        seq = 0;
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out seq);
    }

    /// <summary>Ids tell case; all else that an event can be about is a repo, which does not.</summary>
    private static string CanonicalTarget(string target) =>
        Ids.IsId(target, Ids.Task) || Ids.IsId(target, Ids.Worker) ? target : Names.CanonicalRepo(target);
}
