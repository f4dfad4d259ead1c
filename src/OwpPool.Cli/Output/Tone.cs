using Spectre.Console;

namespace OwpPool.Cli.Output;

/// <summary>Colours of words that say how something stands; never the only thing that says it.</summary>
internal static class Tone
{
    /// <returns>Null = no colour.</returns>
    public static Style? Of(string? word) => word switch
    {
        "ok" or "merged" => new Style(Color.Green),
        "warning" or "blocked" or "paused" => new Style(Color.Yellow),
        "failed" or "dead_letter" or "cancelled" or "revoked" => new Style(Color.Red),
        _ => (Style?)null,
    };
}
