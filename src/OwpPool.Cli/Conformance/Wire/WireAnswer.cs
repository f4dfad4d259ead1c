using System.Globalization;
using System.Text.Json;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>What a server really sent, and what can be asked of it. What is missing or of another kind fails the check that asks.</summary>
internal sealed partial class WireAnswer(Call call, int status, ILookup<string, string> headers, string body, Secrets secrets)
{
    private const int ShownBody = 600;

    private readonly Lazy<JsonElement?> _json = new(() => Parse(body));

    public int Status => status;

    public string Body => body;

    /// <summary>What it answers, tokens masked.</summary>
    public string Sent => secrets.Hide(call.ToString());

    /// <summary>Type and subtype, without parameters.</summary>
    public string? MediaType => Header("Content-Type")?.Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>The body; null if it is not JSON.</summary>
    public JsonElement? Json => _json.Value;

    public bool IsSuccess => status is >= 200 and < 300;

    /// <summary>Whether the server does not know the path or the method at all.</summary>
    public bool IsMissing => status is 404 or 405 or 501;

    /// <summary>A header's value, several joined with commas; null if it is not there.</summary>
    public string? Header(string name) => headers.Contains(name) ? string.Join(", ", headers[name]) : null;

    /// <summary>The answer in a line, tokens masked.</summary>
    public override string ToString()
    {
        var text = $"HTTP {status.ToString(CultureInfo.InvariantCulture)} {Header("Content-Type") ?? "without a type"}";
        return secrets.Hide(body.Length == 0 ? $"{text}, no body" : $"{text} {Call.Shorten(body, ShownBody)}");
    }

    /// <summary>A member by its path, such as <c>details.errors</c>; null if it is not there.</summary>
    public JsonElement? Find(string path)
    {
        if (Json is not { } at) return null;
        foreach (var name in path.Split('.'))
            if (at.ValueKind is not JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        return at;
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
