using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Orleans.Runtime;

/// <summary>What the silo builder has collected and the start must judge.</summary>
internal sealed class SiloConfiguration
{
    /// <summary>Whether some kind of clustering was chosen: a silo does not start without.</summary>
    internal bool HasClustering { get; set; }

    /// <summary>Whether that was one that only real Orleans can do.</summary>
    internal bool WantsSeveralSilos { get; set; }

    /// <exception cref="OrleansConfigurationException">The silo cannot run like this.</exception>
    internal void Validate(IServiceProvider services)
    {
        if (WantsSeveralSilos)
        {
            throw new OrleansConfigurationException(
                "This build runs on the single-process stand-in for Orleans and cannot form a cluster. Build with OrleansHost=Packages, "
                + "which takes the packages Microsoft.Orleans.Server and Microsoft.Orleans.Clustering.AdoNet, or configure no clustering.");
        }
        if (!HasClustering)
        {
            throw new OrleansConfigurationException(
                "No clustering is configured. A silo in one process wants ISiloBuilder.UseLocalhostClustering().");
        }
        Validate(services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value);
        Validate(services.GetRequiredService<IOptions<ReminderOptions>>().Value);
    }

    private static void Validate(GrainCollectionOptions options)
    {
        Require(options.CollectionQuantum > TimeSpan.Zero, "GrainCollectionOptions.CollectionQuantum must be greater than zero.");
        Require(
            options.CollectionAge > options.CollectionQuantum,
            "GrainCollectionOptions.CollectionAge must be greater than GrainCollectionOptions.CollectionQuantum.");
    }

    private static void Validate(ReminderOptions options)
    {
        Require(options.MinimumReminderPeriod >= TimeSpan.Zero, "ReminderOptions.MinimumReminderPeriod must not be negative.");
        Require(options.RefreshReminderListPeriod > TimeSpan.Zero, "ReminderOptions.RefreshReminderListPeriod must be greater than zero.");
        Require(
            options.ReminderLoadingWindow >= options.RefreshReminderListPeriod,
            "ReminderOptions.ReminderLoadingWindow must not be less than ReminderOptions.RefreshReminderListPeriod.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new OrleansConfigurationException(message);
    }
}
