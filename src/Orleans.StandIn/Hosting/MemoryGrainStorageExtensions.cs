using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.Hosting;

/// <summary>Storage in memory, for tests of the stand-in and for the simulator.</summary>
/// <remarks>Orleans has it in a package that the API lists do not cover, so it is not public here.</remarks>
internal static class MemoryGrainStorageExtensions
{
    internal static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name) =>
        builder.ConfigureServices(services => services.AddGrainStorage(name, static (_, _) => new MemoryGrainStorage()));
}
