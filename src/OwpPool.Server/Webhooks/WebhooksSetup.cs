using Microsoft.Extensions.Options;

namespace OwpPool.Server.Webhooks;

/// <summary>Adds operators' own webhooks.</summary>
public static class WebhooksSetup
{
    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options)
    {
        services.AddSingleton(Options.Create(options));
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<DeadLetterSender>();
        services.AddSingleton<WebhookDispatcher>();
        services.AddHostedService(static provider => provider.GetRequiredService<WebhookDispatcher>());
        services.AddSingleton<WebhookEndpoints>();
        services.AddSingleton<DeadLetterEndpoints>();
        return services;
    }

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        WebhookEndpoints.Map(routes);
        DeadLetterEndpoints.Map(routes);
    }
}
