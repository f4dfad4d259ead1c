using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Simulation;

/// <summary>Ids by number: unlike from each other through crashes, and the same in every run of a seed.</summary>
internal sealed class SeededIds : IIdSource
{
    private int _last;

    public string NewId(string prefix) => prefix + (++_last).ToString(CultureInfo.InvariantCulture);
}
