using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OwpPool.Server.Tasks.Files;

/// <summary>What a scalar means in YAML 1.2's core schema (10.3.2), as far as tasks have such fields: nothing, a whole number, or text. Quoted
/// and tagged ones are text.</summary>
internal static class YamlScalars
{
    /// <summary>The value of a field.</summary>
    /// <param name="scalar">The scalar.</param>
    /// <param name="isNumber">The field is a whole number; what is none stays text, so that its fault can be told.</param>
    public static JsonNode? Read(YamlScalarNode scalar, bool isNumber)
    {
        if (IsNull(scalar)) return null;
        return isNumber && TryInteger(scalar.Value!, out var number) ? JsonValue.Create(number) : JsonValue.Create(scalar.Value);
    }

    /// <summary>Whether it is null: nothing at all, <c>~</c>, or <c>null</c> in one of its three spellings.</summary>
    public static bool IsNull(YamlScalarNode scalar) =>
        scalar is { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL", Tag.IsEmpty: true };

    private static bool TryInteger(string text, out long number)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) && number >= 0;
        if (!text.StartsWith("0o", StringComparison.Ordinal))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        number = 0;
        var digits = text.AsSpan(2);
        if (digits.Length is 0 or > 20 || digits.IndexOfAnyExceptInRange('0', '7') >= 0) return false;
        foreach (var digit in digits) number = (number << 3) + (digit - '0');
        return true;
    }
}
