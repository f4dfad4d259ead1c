using System.Text.Json;

namespace OwpPool.Server.Hosting.Json;

/// <summary>An enum on the wire: each value is its name in lower snake case (protocol §1).</summary>
/// <typeparam name="T">The enum; a value that is added to it has its word at once.</typeparam>
public static class EnumWords<T> where T : struct, Enum
{
    /// <summary>Each value by its word, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, T> ByWord { get; } =
        Enum.GetValues<T>().ToDictionary(static value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    private static readonly Dictionary<T, string> Words = ByWord.ToDictionary(static pair => pair.Value, static pair => pair.Key);

    /// <summary>The word of a value.</summary>
    public static string Of(T value) => Words[value];
}
