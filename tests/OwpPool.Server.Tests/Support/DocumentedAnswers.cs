using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Tests.OpenApi;

namespace OwpPool.Server.Tests.Support;

/// <summary>Holds every JSON answer that any test gets against the OpenAPI document: a word that its enum lacks, or a member that is missing
/// or not told of, fails the test that saw it.</summary>
public static class DocumentedAnswers
{
    private static readonly SemaphoreSlim Reading = new(1, 1);
    private static Described? _described;

    public static async Task CheckAsync(WebApplication app, string method, Uri address, Answer answer)
    {
        // The answer to HEAD has the headers alone.
        if (method == "HEAD" || answer.MediaType is not ("application/json" or "application/problem+json")) return;
        var described = _described ?? await DescribeAsync(app);
        var path = address.IsAbsoluteUri ? address.AbsolutePath : address.OriginalString.Split('?')[0];
        if (described.SchemaOf(method, path, answer) is not { } schema) return;
        var faults = described.Check.Faults(schema, answer.Json);
        Assert.True(faults.Count == 0,
            $"{method} {path} {answer.Status} is not as the OpenAPI document says: {string.Join("; ", faults)}: {answer.Body}");
    }

    private static async Task<Described> DescribeAsync(WebApplication app)
    {
        await Reading.WaitAsync();
        try
        {
            if (_described is not null) return _described;
            // Made here, and not asked for: some tests count the requests.
            var provider = app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiSetup.Document);
            var document = await provider.GetOpenApiDocumentAsync();
            return _described = new Described(JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1))!);
        }
        finally
        {
            Reading.Release();
        }
    }

    private sealed class Described(JsonNode document)
    {
        private static readonly JsonNode Problem = new JsonObject { ["$ref"] = "#/components/schemas/ProblemDocument" };

        private readonly List<(Regex Path, ApiOperation Operation)> _operations =
        [
            .. from operation in new ApiDocument(document).Operations
               // A path without parameters is meant before one with.
               orderby operation.Path.Count(letter => letter == '{')
               select (new Regex($"^{Regex.Replace(operation.Path, @"\{\w+\}", "[^/]+")}$", RegexOptions.CultureInvariant), operation),
        ];

        public SchemaCheck Check { get; } = new(document);

        public JsonNode? SchemaOf(string method, string path, Answer answer) => answer.MediaType == "application/problem+json"
            ? Problem
            : _operations.FirstOrDefault(known => known.Operation.Method == method && known.Path.IsMatch(path))
                .Operation?.Responses[$"{answer.Status}"]?["content"]?["application/json"]?["schema"];
    }
}
