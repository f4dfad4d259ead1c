using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>What the configuration of a silo works on.</summary>
public interface ISiloBuilder
{
    IConfiguration Configuration { get; }

    /// <summary>The host's own services.</summary>
    IServiceCollection Services { get; }
}
