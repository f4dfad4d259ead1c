using Microsoft.Extensions.Options;

namespace OwpPool.Server.Tasks;

/// <summary>Puts the logs of tasks together.</summary>
public static class LogSetup
{
    /// <summary>Adds what they need.</summary>
    public static IServiceCollection AddTaskLogs(this IServiceCollection services, TaskLogOptions options) => services
        .AddSingleton(Options.Create(options))
        .AddSingleton<LogFollowers>()
        .AddSingleton<LogEndpoints>()
        .AddHostedService<LogCleaner>();
}
