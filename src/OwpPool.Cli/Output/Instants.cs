using System.CommandLine;
using System.Globalization;

namespace OwpPool.Cli.Output;

/// <summary>Options whose value is an instant.</summary>
internal static class Instants
{
    private const DateTimeStyles Style = DateTimeStyles.AssumeUniversal;

    /// <summary>The instant; null where none is said.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static DateTimeOffset? Of(Invocation invocation, Option<string?> option)
    {
        if (invocation.Get(option) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Style, out var at) ? at
            : throw new UsageException($"{option.Name} '{text}' is no instant, such as 2026-01-18T05:00:00Z.");
    }
}
