using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Server.Tests.Support;

/// <summary>An answer that was read to its end.</summary>
public sealed record Answer(int Status, string? MediaType, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode? Json => Body.Length == 0 ? null : JsonNode.Parse(Body);

    public string Text(string field) => (string)Json![field]!;

    /// <summary>The fields that a 400 names.</summary>
    public string[] BadFields => [.. Json!["details"]!["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal)];

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, headers,
            await response.Content.ReadAsStringAsync());
    }

    /// <summary>Checks everything that the contract says of every problem (protocol §1), and that nothing of the inside leaks.</summary>
    public Answer MustBeProblem(int status, string code)
    {
        Assert.Equal((status, code), (Status, (string?)Json?["code"]));
        Assert.Equal("application/problem+json", MediaType);
        var problem = Json!.AsObject();
        Assert.Equal(
            ["type", "title", "status", "detail", "instance", "traceId", "error", "code", "message", "details", "suggestion"],
            problem.Select(member => member.Key));
        Assert.Equal(status, (int)problem["status"]!);
        Assert.Equal(code, (string?)problem["error"]);
        Assert.Equal($"/problems/{code}", (string?)problem["type"]);
        Assert.Equal(JsonValueKind.Object, problem["details"]!.GetValueKind());
        foreach (var words in new[] { "title", "detail", "instance", "traceId", "message", "suggestion" })
            Assert.NotEqual("", (string?)problem[words]);
        Assert.Equal("no-store", Headers["Cache-Control"]);
        Assert.DoesNotContain("Exception", Body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Body, StringComparison.Ordinal);
        return this;
    }

    /// <summary>A 400 that names exactly these fields.</summary>
    public Answer MustReject(params string[] fields)
    {
        Assert.Equal(fields.Order(StringComparer.Ordinal), MustBeProblem(400, "validation_error").BadFields);
        return this;
    }
}
