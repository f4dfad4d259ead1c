using System.Globalization;
using Microsoft.Extensions.Primitives;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Versions as HTTP says them (RFC 9110 §8.8.3): <c>ETag: "7"</c>, and <c>If-Match</c> in a change.</summary>
public static class EntityTags
{
    private const int MaxTags = 16;

    /// <summary>Says the version of what is answered.</summary>
    public static void SetVersion(this HttpContext http, long version) =>
        http.Response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>Reads <c>If-Match</c>. A change without one would undo what somebody else did meanwhile, so it is asked for (RFC 6585 §3).
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="current">The version that is there.</param>
    /// <param name="expected">The version to hold the change to; null = whatever it is (<c>*</c>).</param>
    /// <returns>What to answer with; null if the header is there and readable.</returns>
    public static Problem? ReadIfMatch(this HttpContext http, long current, out long? expected)
    {
        expected = null;
        var header = http.Request.Headers.IfMatch;
        if (StringValues.IsNullOrEmpty(header))
        {
            return new Problem
            {
                Kind = ProblemKind.PreconditionRequired,
                Message = "A change says which version it is meant for.",
                Suggestion = "Send 'If-Match' with the ETag of GET /v1/tasks/{id}, or 'If-Match: *' to change whatever is there.",
            };
        }
        var tags = header.ToString().Split(',', StringSplitOptions.TrimEntries);
        if (tags is ["*"]) return null;
        if (tags.Length > MaxTags || !Array.TrueForAll(tags, IsTag)) return Problem.Invalid("If-Match", "must be '*' or ETags such as \"7\"");
        // A weak tag matches nothing here, nor does one that this server never gave (RFC 9110 §13.1.1).
        var versions = tags.Select(static tag => long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? v : -1).ToList();
        expected = versions.Contains(current) ? current : versions[0];
        return null;
    }

    /// <summary>A 412: <paramref name="refusal"/> says that the version is another.</summary>
    public static Problem ToPreconditionFailed(this Core.Shared.Refusal refusal) => new()
    {
        Kind = ProblemKind.PreconditionFailed,
        Message = refusal.Message,
        Suggestion = refusal.Suggestion,
        Facts = new ProblemFacts { Reason = refusal.Reason },
    };

    private static bool IsTag(string tag)
    {
        var strong = tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
        return strong.Length is >= 2 and <= 64 && strong[0] == '"' && strong[^1] == '"' && !strong[1..^1].Contains('"', StringComparison.Ordinal);
    }
}
