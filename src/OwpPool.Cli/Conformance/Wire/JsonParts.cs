using System.Text.Json;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>Parts of what a server sent, whatever that is: what is missing or of another kind is no exception but nothing.</summary>
internal static class JsonParts
{
    /// <summary>A member of an object; null if this is none or has none of that name.</summary>
    public static JsonElement? At(this JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : null;

    /// <summary>A member that is a string; null if it is not.</summary>
    public static string? TextAt(this JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    /// <summary>A member that is a whole number; null if it is not.</summary>
    public static long? WholeAt(this JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var number) ? number : null;

    /// <summary>A member that is an instant as the protocol writes it; null if it is not.</summary>
    public static DateTimeOffset? InstantAt(this JsonElement element, string name) =>
        element.TextAt(name) is { } text && WireAnswer.TryInstant(text, out var instant) ? instant : null;

    /// <summary>The value where it is text; else as JSON writes it.</summary>
    public static string Shown(this JsonElement element) =>
        element.ValueKind is JsonValueKind.String ? element.GetString() ?? "" : element.GetRawText();
}
