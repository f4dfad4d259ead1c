namespace OwpPool.Cli.Output;

/// <summary>Lists on the command line: comma-separated, or the option several times.</summary>
internal static class Words
{
    public static IReadOnlyList<string> Of(IEnumerable<string>? given) =>
        [.. (given ?? []).SelectMany(part => part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
