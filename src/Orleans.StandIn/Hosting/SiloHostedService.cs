using Microsoft.Extensions.Hosting;

namespace Orleans.Runtime;

/// <summary>Starts and stops the silo with the host. It is registered before the web server and so stops after it.</summary>
internal sealed class SiloHostedService(SiloConfiguration configuration, IServiceProvider services) : IHostedService
{
    private Silo? _silo;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        configuration.Validate(services);
        _silo = (Silo)services.GetService(typeof(Silo))!;
        return _silo.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _silo?.StopAsync(cancellationToken) ?? Task.CompletedTask;
}
