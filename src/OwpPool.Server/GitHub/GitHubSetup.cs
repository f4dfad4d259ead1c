using Microsoft.Extensions.Options;
using OwpPool.Server.GitHub.Api;
using OwpPool.Server.GitHub.Outward;

namespace OwpPool.Server.GitHub;

/// <summary>Adds what connects the pool to GitHub.</summary>
public static class GitHubSetup
{
    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddGitHub(this IServiceCollection services, GitHubOptions options)
    {
        services.AddSingleton(Options.Create(options));
        services.AddSingleton<RepositoryDesk>();
        services.AddSingleton<PullRequestDesk>();
        services.AddSingleton<InboxWorker>();
        services.AddHostedService(static provider => provider.GetRequiredService<InboxWorker>());
        services.AddHostedService<SignalRecall>();
        services.AddSingleton<DeliveryCleaner>();
        services.AddHostedService(static provider => provider.GetRequiredService<DeliveryCleaner>());
        services.AddSingleton<DeliveryEndpoint>();
        services.AddSingleton<DeliveryListEndpoint>();
        services.AddSingleton<GitHubTransport>();
        services.AddSingleton<GitHubClient>();
        services.AddSingleton<SyncEndpoints>();
        services.AddSingleton<IssueImport>();
        services.AddSingleton<ImportEndpoint>();
        services.AddSingleton<Reconciler>();
        services.AddHostedService(static provider => provider.GetRequiredService<Reconciler>());
        services.AddSingleton<RepoFinder>();
        services.AddSingleton<ReviewerRights>();
        services.AddSingleton<ReviewInquiries>();
        services.AddSingleton<IssueMirror>();
        services.AddSingleton<OutwardPlan>();
        services.AddSingleton<OutwardWorker>();
        services.AddHostedService(static provider => provider.GetRequiredService<OutwardWorker>());
        services.AddSingleton<OutwardFeed>();
        services.AddHostedService(static provider => provider.GetRequiredService<OutwardFeed>());
        return services;
    }

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        DeliveryEndpoint.Map(routes);
        DeliveryListEndpoint.Map(routes);
        SyncEndpoints.Map(routes);
        ImportEndpoint.Map(routes);
    }
}
