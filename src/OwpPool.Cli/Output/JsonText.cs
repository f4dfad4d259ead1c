using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Output;

/// <summary>Writes every JSON that a command answers with. It never stands in a page, so that of the printable characters only those are
/// escaped that JSON wants escaped; what would steer a terminal always is.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = CliJson.Default,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true, NewLine = "\n" };

    /// <summary>One line, for programs.</summary>
    public static string Of(JsonNode node) => Escape(node.ToJsonString(Compact));

    /// <summary>Several lines, for people.</summary>
    public static string IndentedOf(JsonNode node) => Escape(node.ToJsonString(Indented));

    /// <summary>The encoder lets bidirectional controls through. They can only stand in strings, where the escape means the same.</summary>
    private static string Escape(string json)
    {
        if (!json.Any(Steers)) return json;
        var text = new StringBuilder(json.Length + 16);
        foreach (var character in json)
        {
            if (Steers(character)) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else text.Append(character);
        }
        return text.ToString();
    }

    private static bool Steers(char character) => character != '\n' && Printable.IsUnsafe(character);
}
