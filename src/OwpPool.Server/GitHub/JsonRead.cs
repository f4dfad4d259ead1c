using System.Text.Json;
using OwpPool.Core.Text;

namespace OwpPool.Server.GitHub;

/// <summary>Reads GitHub's JSON, texts in NFC: what is missing or of another type is null.</summary>
internal static class JsonRead
{
    /// <summary>A text by its path.</summary>
    public static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        element = Find(element, path);
        if (element.ValueKind is not JsonValueKind.String) return null;
        try
        {
            return element.GetString() is { } text ? Nfc.Of(text) : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair: well-formed JSON, and no text.
            return null;
        }
    }

    /// <summary>A whole number by its path.</summary>
    public static long? Number(JsonElement element, params ReadOnlySpan<string> path)
    {
        element = Find(element, path);
        return element.ValueKind is JsonValueKind.Number && element.TryGetInt64(out var number) ? number : null;
    }

    /// <summary>An instant.</summary>
    public static DateTimeOffset? Instant(JsonElement element, string name) =>
        Rfc3339.TryParse(Text(element, name) ?? "", out var instant) ? instant : null;

    /// <summary>Whether a flag is set.</summary>
    public static bool Is(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var flag) && flag.ValueKind is JsonValueKind.True;

    private static JsonElement Find(JsonElement element, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out element)) return default;
        return element;
    }
}
