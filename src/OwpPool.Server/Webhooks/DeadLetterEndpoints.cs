using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;
using OwpPool.Storage;

namespace OwpPool.Server.Webhooks;

/// <summary>Deliveries that were put aside.</summary>
public sealed class DeadLetterEndpoints(SqliteStorage storage, DeadLetterSender sender)
{
    private const string Path = "/v1/admin/webhooks/{id}/dead-letters";

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<DeadLetterEndpoints>();
        routes.MapGet(Path, (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listDeadLetters", "Webhooks", "Deliveries of a webhook that were put aside", "Oldest first.")
            .TakesPath("id", "The webhook.")
            .TakesQuery("limit", "How many at most.", 1, 200, 50)
            .TakesQuery("cursor", "Where the list goes on: next_cursor of the answer before.")
            .Answers<DeadLettersResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError, ProblemKind.NotFound);
        routes.MapJsonPost<EmptyRequest>($"{Path}/{{seq}}/redeliver", EmptyRequest.Read, endpoints.RedeliverAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("redeliver", "Webhooks", "Send a delivery that was put aside again",
                "At once and once; out of order. 409 with the reason delivery_failed where it is not taken.")
            .TakesPath("id", "The webhook.")
            .TakesPath("seq", "The event's number.")
            .Answers<RedeliverResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        if (await WebhookEndpoints.FindAsync(http, storage) is not { } hook) return WebhookEndpoints.NoSuch;
        var query = new QueryFields(http.Request.Query);
        var limit = query.Integer("limit", 1, 200) ?? 50;
        if (query.Problem is { } problem) return problem;
        var after = 0L;
        if (http.Request.Query["cursor"] is [{ } cursor]
            && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            return Problem.Invalid("cursor", "must be next_cursor of the answer before");
        var letters = await storage.Webhooks.ListDeadLettersAsync(hook.HookId, after, limit + 1, http.RequestAborted);
        var items = letters.Take(limit).Select(DeadLetterView.From).ToList();
        var next = letters.Count > limit ? items[^1].Seq.ToString(CultureInfo.InvariantCulture) : null;
        if (next is not null) http.Response.Headers.Link =
            $"<{http.Request.Path.ToUriComponent()}?limit={limit}&cursor={next}>; rel=\"next\"";
        return Wire.Ok(new DeadLettersResponse { Items = items, NextCursor = next }, Wire.Json.DeadLettersResponse);
    }

    private async Task<IResult> RedeliverAsync(EmptyRequest request, HttpContext http)
    {
        if (await WebhookEndpoints.FindAsync(http, storage) is not { } hook) return WebhookEndpoints.NoSuch;
        var known = long.TryParse(http.Request.RouteValues["seq"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var seq);
        if (!known || await sender.SendAsync(hook, seq, http.RequestAborted) is not { } outcome)
            return Problem.From(Refusal.NotFound("dead letter"));
        if (outcome.Failure is { } failure)
            return Problem.From(Refusal.Conflict(ProblemReason.DeliveryFailed, failure, "Mend the receiver and send it again."));
        return Wire.Ok(new RedeliverResponse { Seq = seq }, Wire.Json.RedeliverResponse);
    }
}
