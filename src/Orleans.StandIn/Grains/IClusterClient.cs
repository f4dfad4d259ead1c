namespace Orleans;

/// <summary>The host's own client; calls through it run outside of any grain.</summary>
public interface IClusterClient : IGrainFactory
{
    IServiceProvider ServiceProvider { get; }
}
