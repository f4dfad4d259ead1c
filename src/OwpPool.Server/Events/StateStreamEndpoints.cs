using OwpPool.Server.Admin;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Events;

/// <summary>The pool in numbers as a live stream.</summary>
public sealed class StateStreamEndpoints(StateBroadcast state, LiveStreams streams)
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<StateStreamEndpoints>();
        routes.MapGet("/v1/admin/state/stream", (Delegate)endpoints.Follow)
            .Allow(AccessRule.Admin)
            .Describe("followState", "Events", "Follow the pool's numbers",
                "Server-sent events of the type 'state': what GET /v1/admin/state answers, at once, then on change at most four times a " +
                "second, and at least every 15 seconds. There is nothing to resume: each event is the whole.")
            .Produces<StateResponse>(StatusCodes.Status200OK, SseFrame.MediaType);
    }

    private IResult Follow() => streams.Open("state", null, state.FollowAsync);
}
