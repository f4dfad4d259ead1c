using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Workers;

/// <summary>Work that a worker looks at before it takes it.</summary>
public sealed class OfferEndpoints(IGrainFactory grains)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<OfferEndpoints>();
        routes.MapJsonPost("/v1/work/offers", OfferRequest.Read, endpoints.OfferAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .RebuildsAnswer()
            .Describe("requestOffers", "Offers", "Ask for offers",
                "Keeps as many tasks for the worker as fit, and answers with all offers that are open, old and new. An open offer counts " +
                "against the worker's capacity, the repo's budget and the area as a lease does; it ends by itself.")
            .Answers<OffersResponse>(StatusCodes.Status200OK);
        routes.MapJsonPost("/v1/work/offers/{id}/accept", EmptyRequest.Read, endpoints.AcceptAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .Describe("acceptOffer", "Offers", "Take an offer", "The offer becomes a lease. Asking again finds the same lease.")
            .TakesPath("id", "The offer.")
            .Answers<AcceptOfferResponse>(StatusCodes.Status201Created)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
        routes.MapJsonPost("/v1/work/offers/{id}/reject", RejectOfferRequest.Read, endpoints.RejectAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .Describe("rejectOffer", "Offers", "Reject an offer",
                "The task waits for another worker, and is not given to this one for a while. No attempt is counted.")
            .TakesPath("id", "The offer.")
            .Answers<RejectOfferResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound, ProblemKind.Conflict);
    }

    private async Task<IResult> OfferAsync(OfferRequest request, HttpContext http)
    {
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).OfferAsync(new RequestOffers(
            caller.TokenHash, http.IsRepeat() ? 0 : request.Max, http.RequestKey()));
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        if (reply.Value!.Offers.All(offer => offer.RequestKey != http.RequestKey())) http.HadNoEffect();
        var response = new OffersResponse { Offers = [.. reply.Value.Offers.Select(WorkerMapping.ToOffer)] };
        return Wire.Ok(response, Wire.Json.OffersResponse);
    }

    private async Task<IResult> AcceptAsync(EmptyRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Offer) is not { } offerId) return Problem.From(Refusal.NotFound("offer"));
        var caller = http.Worker();
        var reply = await grains.GetWorker(caller.WorkerId).AcceptOfferAsync(caller.TokenHash, offerId);
        if (reply.Refusal is { } refusal) return Problem.From(refusal);
        var lease = reply.Value!.ToWire();
        var response = new AcceptOfferResponse { LeaseId = lease.LeaseId, LeaseExpiresAt = lease.LeaseExpiresAt, Lease = lease };
        return Wire.Created(response, Wire.Json.AcceptOfferResponse);
    }

    private async Task<IResult> RejectAsync(RejectOfferRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Offer) is not { } offerId) return Problem.From(Refusal.NotFound("offer"));
        var caller = http.Worker();
        var refusal = await grains.GetWorker(caller.WorkerId).RejectOfferAsync(caller.TokenHash, offerId, request.ToReason(), request.Note);
        if (refusal is not null) return Problem.From(refusal);
        return Wire.Ok(new RejectOfferResponse(), Wire.Json.RejectOfferResponse);
    }
}
