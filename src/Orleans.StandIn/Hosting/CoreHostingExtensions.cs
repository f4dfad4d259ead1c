using System.Net;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Ways to form a cluster.</summary>
public static class CoreHostingExtensions
{
    /// <summary>One silo on this machine. The stand-in opens no ports; they are accepted so that the same code runs on real
    /// Orleans.</summary>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = 11111,
        int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev")
    {
        SiloBuilder.ConfigurationOf(builder).HasClustering = true;
        return builder.Configure<ClusterOptions>(options =>
        {
            if (!string.IsNullOrWhiteSpace(serviceId))
                options.ServiceId = serviceId;
            if (!string.IsNullOrWhiteSpace(clusterId))
                options.ClusterId = clusterId;
        });
    }
}
