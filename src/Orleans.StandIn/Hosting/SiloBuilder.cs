using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <inheritdoc cref="ISiloBuilder"/>
internal sealed class SiloBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder
{
    public IServiceCollection Services => services;

    public IConfiguration Configuration => configuration;

    /// <summary>Adds the runtime's services once, however often the host is configured.</summary>
    internal static ISiloBuilder AddTo(IServiceCollection services, IConfiguration configuration)
    {
        if (!services.Any(service => service.ServiceType == typeof(SiloConfiguration)))
        {
            services.AddOptions();
            services.AddLogging();
            services.AddSingleton(new SiloConfiguration());
            services.AddSingleton<Silo>();
            services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<Silo>().GrainFactory);
            services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<Silo>().GrainFactory);
            services.AddScoped<GrainContextHolder>();
            services.AddScoped(provider => provider.GetRequiredService<GrainContextHolder>().Context);
            services.AddSingleton<IHostedService, SiloHostedService>();
        }
        return new SiloBuilder(services, configuration);
    }

    internal static SiloConfiguration ConfigurationOf(ISiloBuilder builder) =>
        (SiloConfiguration)builder.Services.Last(service => service.ServiceType == typeof(SiloConfiguration)).ImplementationInstance!;
}
