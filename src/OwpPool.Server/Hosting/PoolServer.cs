using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using OwpPool.Server.Admin;
using OwpPool.Server.Analytics;
using OwpPool.Server.Audit;
using OwpPool.Server.Events;
using OwpPool.Server.GitHub;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Repos;
using OwpPool.Server.Reputation;
using OwpPool.Server.Tasks;
using OwpPool.Server.Tasks.Batches;
using OwpPool.Server.Webhooks;
using OwpPool.Server.Workers;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>The whole server in one place: HTTP, grains and their storage.</summary>
public static class PoolServer
{
    /// <summary>Puts the server together; nothing listens yet.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="storage">The open database; stays the caller's to close.</param>
    /// <param name="silence">Ends when the start has succeeded.</param>
    /// <param name="configure">A last word on the services, for tests.</param>
    public static WebApplication Build(
        PoolSettings settings, SqliteStorage storage, StartupSilence silence, Action<IServiceCollection>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "OwpPool.Server",
            EnvironmentName = settings.EnvironmentName,
        });
        builder.Logging.AddPoolLog(settings.Log, silence);
        builder.AddSettings(settings);
        // Before the silo: a key that cannot be read is found before anything else starts.
        builder.AddCredentials();
        builder.AddPool(storage);
        builder.AddHttp(settings.Server);
        builder.Services.AddPoolRateLimits();
        builder.AddEndpoints();
        builder.Services.AddLiveStreams(settings.Streams);
        builder.Services.AddTaskLogs(settings.TaskLogs);
        builder.Services.AddGitHub(settings.GitHub);
        builder.Services.AddWebhooks(settings.Webhooks);
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UsePipeline(settings);
        app.MapEndpoints();
        return app;
    }

    /// <summary>The address that the running server listens on, as a person would open it.</summary>
    public static string UrlOf(WebApplication app)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var address = BindingAddress.Parse(bound);
        return Listening.ToUrl(Listening.TryParse(address.Host) ?? IPAddress.Loopback, address.Port);
    }

    private static void AddSettings(this IHostApplicationBuilder builder, PoolSettings settings)
    {
        builder.Services.AddSingleton(Options.Create(settings.Server));
        builder.Services.AddSingleton(Options.Create(settings.Limits));
        builder.Services.AddSingleton(Options.Create(settings.RateLimits));
        builder.Services.AddSingleton(Options.Create(settings.Lease));
        builder.Services.AddSingleton(Options.Create(settings.Offer));
        builder.Services.AddSingleton(Options.Create(settings.Worker));
        builder.Services.AddSingleton(Options.Create(settings.Review));
        builder.Services.AddSingleton(Options.Create(settings.Registration));
        builder.Services.AddSingleton(Options.Create(settings.Matching));
        builder.Services.AddSingleton(Options.Create(settings.Audit));
        builder.Services.AddSingleton(Options.Create(settings.Imports));
        builder.Services.AddSingleton(settings.Artifacts.ToForges());
        builder.Services.AddSingleton<ArtifactRules>();
    }

    private static void AddCredentials(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<AdminToken>();
        services.AddSingleton<Maintainers>();
        services.AddSingleton<MaintainerEndpoints>();
        services.AddSingleton<InviteEndpoints>();
        services.AddSingleton<PoolPauseEndpoints>();
        services.AddSingleton<MetricsToken>();
        services.AddSingleton<WorkerTokens>();
        services.AddHostedService(static provider => provider.GetRequiredService<WorkerTokens>());
        services.AddSingleton<RefusedCredentials>();
        services.AddHostedService(static provider => provider.GetRequiredService<RefusedCredentials>());
    }

    private static void AddHttp(this WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            // Both loopback addresses; which must be asked for one fixed port.
            var gate = kestrel.ApplicationServices.GetRequiredService<ConnectionGate>();
            if (options is { Host: "localhost", Port: > 0 }) kestrel.ListenLocalhost(options.Port, Configure);
            else kestrel.Listen(Listening.TryParse(options.Host)!, options.Port, Configure);

            void Configure(ListenOptions listen)
            {
                listen.Protocols = HttpProtocols.Http1;
                // It counts the connections; Kestrel itself, where it does, leaves none for health.
                listen.Use(next => connection => gate.ServeAsync(connection, next));
            }
        });
        builder.Services.AddSingleton<ConnectionGate>();
        builder.Services.AddSingleton(new HostNames(options));
        CrossOrigin.Add(builder.Services, options);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + options.StopSeconds));
        builder.Services.AddRoutingCore();
        builder.Services.AddPoolOpenApi();
    }

    private static void AddEndpoints(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ServerInstruments>();
        services.AddSingleton<MetricCollector>();
        services.AddSingleton<PoolMetrics>();
        services.AddSingleton<ProcessMetrics>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Drain>();
        services.AddHostedService(static provider => provider.GetRequiredService<Drain>());
        services.AddHostedService<AnswerCleaner>();
        services.AddSingleton<AnswerQuota>();
        services.AddSingleton<WorkWaiters>();
        services.AddSingleton<WorkPoll>();
        services.AddSingleton<WorkerEndpoints>();
        services.AddSingleton<SelfEndpoints>();
        services.AddSingleton<OfferEndpoints>();
        services.AddSingleton<ReputationEndpoints>();
        services.AddHostedService<OutcomeFollower>();
        services.AddSingleton<ExplainEndpoints>();
        services.AddSingleton<WorkerControlEndpoints>();
        services.AddSingleton<TaskEndpoints>();
        services.AddSingleton<ReleaseEndpoints>();
        services.AddSingleton<MaintenanceEndpoints>();
        services.AddSingleton<TaskViewEndpoints>();
        services.AddSingleton<TaskBatches>();
        services.AddSingleton<BatchEndpoints>();
        services.AddSingleton<BulkEndpoints>();
        services.AddHostedService<BatchResumer>();
        services.AddSingleton<TaskListEndpoints>();
        services.AddSingleton<NextTasks>();
        services.AddSingleton<WorkerListEndpoints>();
        services.AddSingleton<RepoListEndpoints>();
        services.AddSingleton<RepoPauseEndpoints>();
        services.AddSingleton<RepoEndpoints>();
        services.AddSingleton<RepoViewEndpoints>();
        services.AddSingleton<StateEndpoints>();
        services.AddSingleton<DeskEndpoints>();
        services.AddSingleton<AuditEndpoints>();
        services.AddSingleton<AnalyticsEndpoints>();
        services.AddSingleton<AuditCleaner>();
        services.AddHostedService(static provider => provider.GetRequiredService<AuditCleaner>());
    }

    private static void UsePipeline(this WebApplication app, PoolSettings settings)
    {
        app.UseTrustedProxies(settings.Server.TrustedProxies);
        app.UseMiddleware<RequestTiming>();
        app.UseSecurityHeaders();
        app.UseMiddleware<FaultMiddleware>();
        app.UseRouting();
        app.UseMiddleware<HealthPlaces>();
        CrossOrigin.Use(app);
        app.UseMiddleware<CallerLimits>();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<IdempotencyMiddleware>();
    }

    private static void MapEndpoints(this WebApplication app)
    {
        HealthEndpoints.Map(app);
        WorkerEndpoints.Map(app);
        SelfEndpoints.Map(app);
        OfferEndpoints.Map(app);
        ReputationEndpoints.Map(app);
        ExplainEndpoints.Map(app);
        WorkerControlEndpoints.Map(app);
        TaskEndpoints.Map(app);
        ReleaseEndpoints.Map(app);
        MaintenanceEndpoints.Map(app);
        TaskViewEndpoints.Map(app);
        BatchEndpoints.Map(app);
        BulkEndpoints.Map(app);
        TaskListEndpoints.Map(app);
        WorkerListEndpoints.Map(app);
        RepoListEndpoints.Map(app);
        RepoEndpoints.Map(app);
        RepoViewEndpoints.Map(app);
        RepoPauseEndpoints.Map(app);
        StateEndpoints.Map(app);
        DeskEndpoints.Map(app);
        MaintainerEndpoints.Map(app);
        InviteEndpoints.Map(app);
        PoolPauseEndpoints.Map(app);
        app.MapLiveStreams();
        LogEndpoints.Map(app);
        AuditEndpoints.Map(app);
        AnalyticsEndpoints.Map(app);
        GitHubSetup.Map(app);
        WebhooksSetup.Map(app);
        MetricsEndpoint.Map(app);
        ProblemPages.Map(app);
        app.MapPoolOpenApi();
        app.MapPoolDocs();
    }
}
