using Microsoft.Extensions.Options;

namespace OwpPool.Server.GitHub;

/// <summary>Adds what connects the pool to GitHub.</summary>
public static class GitHubSetup
{
    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddGitHub(this IServiceCollection services, GitHubOptions options)
    {
        services.AddSingleton(Options.Create(options));
        services.AddSingleton<PullRequestDesk>();
        services.AddSingleton<InboxWorker>();
        services.AddHostedService(static provider => provider.GetRequiredService<InboxWorker>());
        services.AddSingleton<DeliveryCleaner>();
        services.AddHostedService(static provider => provider.GetRequiredService<DeliveryCleaner>());
        services.AddSingleton<DeliveryEndpoint>();
        return services;
    }

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes) => DeliveryEndpoint.Map(routes);
}
