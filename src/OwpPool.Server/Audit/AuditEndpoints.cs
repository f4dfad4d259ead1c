using Microsoft.AspNetCore.Http.Extensions;
using OwpPool.Core.Audit;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;

namespace OwpPool.Server.Audit;

/// <summary>Who did what, and whether the record of it can be believed.</summary>
public sealed class AuditEndpoints(SqliteStorage storage)
{
    private const string EventsDescription =
        """
        Every change of a task, worker, repo, token, tier or setting, newest first. Filters that are given must all fit. To page, send
        next_cursor as cursor, or follow the Link header: it costs the same however deep, and misses and repeats nothing while the log
        grows. offset is there for those who must jump, up to 100,000. total is exact up to 10,000 events, and always where nothing is
        filtered; beyond that total is 10,000 and total_is_exact is false, so that a page of a log of millions costs no count of them.
        With 'Accept: text/csv' or 'Accept: application/x-ndjson' everything that the filter finds is streamed, oldest first, whatever
        limit, offset, cursor and order say.
        """;

    private const string VerifyDescription =
        """
        Each event carries a SHA-256 hash over itself and the hash before it. This looks through all of them and names what somebody has
        changed, removed, added or moved in the database. It reads the whole log: a million events take seconds. 'owp audit verify --db'
        does the same on the file, without the server's help.
        """;

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<AuditEndpoints>();
        routes.MapGet("/v1/audit/events", (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listAuditEvents", "Audit", "Ask what happened", EventsDescription)
            .TakesQuery("event_type", "Only this type, such as task.merged.", AuditRequest.MaxTypeLength)
            .TakesQuery("actor", "Only by this worker, 'admin' or 'system'.")
            .TakesQuery("target", "Only of this task, worker or repo.", Names.MaxRepoKeyLength)
            .TakesQuery("repo", "Only in this repo, its tasks included.", Names.MaxRepoKeyLength)
            .TakesInstant("since", "Not before this instant.")
            .TakesInstant("until", "Before this instant.")
            .TakesWord("order", "Which end comes first.", WordLists.AuditOrder, WordLists.AuditOrder.Words[0])
            .TakesQuery("cursor", "The next_cursor of the page before.")
            .TakesQuery("limit", "Events of a page.", 1, AuditRequest.MaxLimit, AuditRequest.StandardLimit)
            .TakesQuery("offset", "Events passed over; not with a cursor.", 0, AuditRequest.MaxOffset, 0)
            .Answers<AuditEventsResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
        routes.MapGet("/v1/audit/verify", (Delegate)endpoints.VerifyAsync)
            .Allow(AccessRule.Admin)
            .Describe("verifyAudit", "Audit", "Ask whether the log was tampered with", VerifyDescription)
            .TakesQuery("mark", "A head that was noted before, seq:hash: the log must still lead through it.", MaxMarkLength)
            .Answers<AuditVerifyResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
    }

    private const int MaxMarkLength = 20 + 1 + 2 * AuditChain.HashBytes;

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var (request, problem) = AuditRequest.Read(http.Request.Query);
        if (request is null) return problem!;
        http.Response.Headers.Vary = "Accept";
        if (AuditFormat.Preferred(http.Request) is { } format) return new AuditExport(storage, request.Filter, format);
        var entries = await storage.Audit.ReadAsync(request.Filter, request.Page, http.RequestAborted);
        var total = await storage.Audit.CountAsync(request.Filter, http.RequestAborted);
        var next = request.CursorAfter(entries);
        if (next is not null) http.Response.Headers.Link = $"<{LinkTo(http.Request, next)}>; rel=\"next\"";
        http.Response.Headers.CacheControl = "no-store";
        var response = new AuditEventsResponse
        {
            Events = [.. entries.Select(AuditEventWire.Of)],
            Total = total.Count,
            TotalIsExact = total.IsExact,
            NextCursor = next,
        };
        return Wire.Ok(response, Wire.Json.AuditEventsResponse);
    }

    private async Task<IResult> VerifyAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        ChainMark? noted = null;
        query.Text("mark", MaxMarkLength, text =>
        {
            if (!ChainMark.TryParse(text, out var mark)) return "must be a head as it was told, seq:hash";
            noted = mark;
            return null;
        });
        if (query.Problem is { } problem) return problem;
        var report = await storage.Audit.VerifyAsync(noted, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return Wire.Ok(AuditVerifyResponse.Of(report), Wire.Json.AuditVerifyResponse);
    }

    /// <summary>The same question from the cursor on. Relative: behind a proxy the server does not know its own address.</summary>
    private static string LinkTo(HttpRequest request, string cursor)
    {
        var kept = request.Query.Where(static pair => pair.Key is not ("cursor" or "offset"));
        return request.Path + new QueryBuilder(kept) { { "cursor", cursor } }.ToQueryString().ToUriComponent();
    }
}
