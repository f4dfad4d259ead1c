using System.Net.Http.Headers;

namespace OwpPool.Server.Hosting.Json;

/// <summary>What a request says of its body: type, character set, compression. One reading for JSON, task files and webhooks.</summary>
internal static class BodyType
{
    /// <summary>Names under which clients send UTF-8: the standard's, the one that browsers take too, and its subset.</summary>
    private static readonly string[] Utf8Names = ["utf-8", "utf8", "us-ascii", "ascii"];

    /// <summary>Why the body is not read; null = it is. A request without a type is read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isTaken">Whether a media type, in lower case, is read.</param>
    /// <param name="refusal">The reason where it is not.</param>
    public static string? WhyNotReadable(HttpRequest request, Func<string, bool> isTaken, string refusal)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            return "A compressed body is not read.";
        var type = request.Headers.ContentType;
        if (type.Count == 0 || string.IsNullOrWhiteSpace(type)) return null;
        if (type.Count > 1 || !MediaTypeHeaderValue.TryParse(type, out var media)) return "The Content-Type is not readable.";
        // All of them: readers differ on which of two counts.
        if (media.Parameters.Any(static item => item.Name.Equals("charset", StringComparison.OrdinalIgnoreCase) && !IsUtf8(item.Value)))
            return "Only UTF-8 is read.";
        return isTaken(media.MediaType!.ToLowerInvariant()) ? null : refusal;
    }

    /// <summary>Whether a media type, in lower case, is JSON.</summary>
    public static bool IsJson(string media) => media == "application/json" || media.EndsWith("+json", StringComparison.Ordinal);

    /// <summary>The type of a form, which a bare <c>curl -d</c> sends whatever the body is.</summary>
    public static bool IsForm(string media) => media == "application/x-www-form-urlencoded";

    private static bool IsUtf8(string? charset) => Utf8Names.Contains(charset?.Trim('"').ToLowerInvariant());
}
