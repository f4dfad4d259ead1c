using System.CommandLine;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Admin;

/// <summary>How long what lets somebody in is good.</summary>
internal static class Lifetimes
{
    private const double LeastSeconds = 60;
    private const double MostSeconds = 31_536_000;

    public static Option<double?> Option(string description) => Numbers.Seconds("--expires-in", description, LeastSeconds, MostSeconds);

    /// <summary>In whole seconds; null where nothing is said.</summary>
    public static int? Of(Invocation invocation, Option<double?> option) => (int?)invocation.Get(option);
}
