using Microsoft.Extensions.Options;
using OwpPool.Storage;

namespace OwpPool.Server.Events;

/// <summary>Puts the live streams together.</summary>
public static class EventsSetup
{
    /// <summary>Adds what they need.</summary>
    public static IServiceCollection AddLiveStreams(this IServiceCollection services, StreamOptions options) => services
        .AddSingleton(Options.Create(options))
        .AddSingleton(static provider => provider.GetRequiredService<SqliteStorage>().Feed)
        .AddSingleton<StreamInstruments>()
        .AddSingleton<StreamGate>()
        .AddHostedService<StreamRevocation>()
        .AddSingleton<LiveStreams>()
        .AddSingleton<EventFrames>()
        .AddSingleton<EventEndpoints>()
        .AddSingleton<StateBroadcast>()
        .AddSingleton<StateStreamEndpoints>();

    /// <summary>Maps their endpoints.</summary>
    public static void MapLiveStreams(this IEndpointRouteBuilder routes)
    {
        EventEndpoints.Map(routes);
        StateStreamEndpoints.Map(routes);
    }
}
