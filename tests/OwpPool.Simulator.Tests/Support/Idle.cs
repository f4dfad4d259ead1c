using Orleans.Configuration;

namespace OwpPool.Simulator.Tests;

/// <summary>How long grains may be idle. Orleans looks at idle grains by the clock that a test moves, but measures how long each has been idle
/// by the machine's own: a class that a test sees go has a limit that is short for a machine.</summary>
internal static class Idle
{
    /// <summary>Grains of the class go as soon as the engine allows; all others stay for a quarter of an hour.</summary>
    internal static void Soon<TGrain>(GrainCollectionOptions options)
    {
        options.CollectionQuantum = TimeSpan.FromMilliseconds(50);
        options.ClassSpecificCollectionAge[typeof(TGrain).FullName!] = TimeSpan.FromMilliseconds(100);
    }
}
