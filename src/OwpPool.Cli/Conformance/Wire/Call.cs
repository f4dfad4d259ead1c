using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>One request, as it goes out.</summary>
internal sealed record Call(HttpMethod Method, string Path)
{
    private const int ShownBody = 400;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its body; null = none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Sent as it is, right or wrong; null = the header is left out.</summary>
    public string? ContentType { get; init; } = "application/json";

    /// <summary>Headers, credentials included.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Who it comes from, for people.</summary>
    public string Who { get; init; } = "nobody";

    /// <summary>How long the server was asked to wait before it answers.</summary>
    public TimeSpan Wait { get; init; }

    public static byte[] Encode(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString(Readable));

    /// <summary>The request in a line, with its tokens.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Method} {Path} as {Who}");
        foreach (var (name, value) in Headers)
            if (name is not ("Authorization" or "X-Admin-Token")) text.Append($" [{name}: {value}]");
        if (ContentType is not "application/json" && Body is not null) text.Append($" [Content-Type: {ContentType ?? "none"}]");
        if (Body is not null) text.Append(' ').Append(Shorten(Encoding.UTF8.GetString(Body), ShownBody));
        return text.ToString();
    }

    /// <summary>The text on one line, cut where it is long, without what a terminal would act on.</summary>
    public static string Shorten(string text, int length)
    {
        var line = string.Create(text.Length, text, static (line, text) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = text[i] is '\r' or '\n' ? ' ' : char.IsControl(text[i]) ? '\uFFFD' : text[i];
        });
        return line.Length <= length ? line : string.Concat(line.AsSpan(0, length), "…");
    }
}
