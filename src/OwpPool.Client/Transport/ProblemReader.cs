using System.Globalization;
using System.Text.Json;

namespace OwpPool.Client.Transport;

/// <summary>Makes an exception of any answer that is not a success, the pool's own or a proxy's.</summary>
internal static class ProblemReader
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoErrors = new Dictionary<string, IReadOnlyList<string>>();
    private static readonly IReadOnlyDictionary<string, JsonElement> NoDetails = new Dictionary<string, JsonElement>();

    public static async Task<PoolProblemException> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken ct)
    {
        var body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        return new PoolProblemException(response.StatusCode, Parse(response, body), RetryAfter(response, time));
    }

    private static PoolProblem Parse(HttpResponseMessage response, byte[] body)
    {
        var type = response.Content.Headers.ContentType?.MediaType ?? "";
        if (!type.EndsWith("json", StringComparison.OrdinalIgnoreCase)) return Foreign(response);
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind is JsonValueKind.Object ? Parse(response, document.RootElement) : Foreign(response);
        }
        // Half of a surrogate pair is JSON, but no text.
        catch (Exception odd) when (odd is JsonException or InvalidOperationException)
        {
            return Foreign(response);
        }
    }

    private static PoolProblem Parse(HttpResponseMessage response, JsonElement root)
    {
        var details = Member(root, "details");
        var foreign = Foreign(response);
        return new PoolProblem(
            Text(root, "code") ?? Text(root, "error") ?? foreign.Code,
            Text(root, "reason") ?? (details is { } inner ? Text(inner, "reason") : null),
            Text(root, "message") ?? Text(root, "detail") ?? Text(root, "title") ?? foreign.Message,
            Text(root, "suggestion"),
            FieldErrors(details is { } holder ? Member(holder, "errors") : Member(root, "errors")),
            details is { } all ? MembersOf(all).ToDictionary(member => member.Name, member => member.Value.Clone()) : NoDetails);
    }

    /// <summary>An answer of something between here and the pool: its status is all that can be trusted.</summary>
    private static PoolProblem Foreign(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var where = response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path) ?? "The server";
        return new PoolProblem(
            string.Create(CultureInfo.InvariantCulture, $"http_{status}"), null,
            string.Create(CultureInfo.InvariantCulture, $"{where} answered {status} {response.ReasonPhrase} without a problem document."),
            "Check that the address is an OWP pool's and that nothing between here and it answers in its place.", NoErrors, NoDetails);
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<string>> FieldErrors(JsonElement? errors)
    {
        if (errors is not { } map) return NoErrors;
        return MembersOf(map).ToDictionary(field => field.Name, field => Messages(field.Value));
    }

    /// <summary>JSON may name a member twice; the first counts.</summary>
    private static IEnumerable<JsonProperty> MembersOf(JsonElement map) => map.EnumerateObject().DistinctBy(member => member.Name);

    private static IReadOnlyList<string> Messages(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ToString())],
        _ => [value.ToString()],
    };

    private static JsonElement? Member(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    /// <summary>An instant is by the clock of who answered, which this machine's need not agree with.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var asked = response.Headers.RetryAfter;
        var pause = asked?.Delta ?? (asked?.Date is { } date ? date - (response.Headers.Date ?? time.GetUtcNow()) : null);
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }
}
