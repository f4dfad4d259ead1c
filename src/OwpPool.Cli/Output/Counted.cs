using System.Globalization;

namespace OwpPool.Cli.Output;

/// <summary>Numbers of things, in words.</summary>
internal static class Counted
{
    /// <summary>1 lease, 2 leases.</summary>
    public static string Of(long number, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");
}
