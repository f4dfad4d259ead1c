using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>Walks the document and calls every operation for real, in four ways; each answer must be one that the document tells of, in
/// the form that it tells. An endpoint that is added later is walked by itself; where its success needs more than ids and the least body,
/// the walk fails until <see cref="WalkScene"/> knows it.</summary>
public sealed class OpenApiWalkTests(OpenApiWalkTests.Fixture shared) : IClassFixture<OpenApiWalkTests.Fixture>
{
    private const string Nothing = "";
    private readonly TestServer _server = shared.Pool.Server;

    [Fact]
    public async Task Walk_EveryOperation_Succeeds()
    {
        var api = await ApiDocument.ReadAsync(_server);
        foreach (var operation in api.Operations)
        {
            var scene = await WalkScene.MakeAsync(_server);
            await scene.PrepareAsync(operation);
            var answer = await SendAsync(api, operation, scene.Open(operation, scene.Success(operation)));
            await scene.TidyAsync(operation);
            if (WalkScene.Elsewhere.Contains(operation.Id)) continue;
            Assert.True(answer.Status is >= 200 and < 300,
                $"{operation.Id}, {operation}: {answer.Status} {answer.Body}. Does WalkScene know it?");
        }
        Assert.InRange(api.Operations.Count, 30, 300);
    }

    [Fact]
    public async Task Walk_EveryOperationWithoutCredentials_Is401()
    {
        var api = await ApiDocument.ReadAsync(_server);
        var scene = await WalkScene.MakeAsync(_server);
        foreach (var operation in api.Operations.Where(operation => operation.Schemes.Count > 0))
            (await SendAsync(api, operation, scene.Success(operation))).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Walk_EveryOperationWithABadBody_Is400()
    {
        var api = await ApiDocument.ReadAsync(_server);
        var scene = await WalkScene.MakeAsync(_server);
        foreach (var operation in api.Operations.Where(operation => operation.Body is not null
            && operation.Path.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            var request = scene.Success(operation) with { Body = "{\"a\":"u8.ToArray() };
            (await SendAsync(api, operation, scene.Open(operation, request))).MustBeProblem(400, "validation_error");
        }
    }

    [Fact]
    public async Task Walk_EveryOperationOnAnUnknownId_Is404OrALostLease()
    {
        var api = await ApiDocument.ReadAsync(_server);
        var scene = await WalkScene.MakeAsync(_server);
        foreach (var operation in api.Operations.Where(operation => operation.HasPathId))
        {
            var request = scene.Success(operation) with { Path = operation.PathOfNobody() };
            var answer = await SendAsync(api, operation, scene.Open(operation, request));
            // A lease that nobody knows may be one that the caller lost.
            if (answer.Status == 409) Assert.Equal("lease_lost", (string?)answer.MustBeProblem(409, "conflict")
                .Json!["details"]!["reason"]);
            else answer.MustBeProblem(404, "not_found");
        }
    }

    [Fact]
    public async Task Document_EveryOperation_TellsOfTheProblemsThatCanHappen()
    {
        foreach (var operation in (await ApiDocument.ReadAsync(_server)).Operations)
        {
            var expected = new List<string>();
            if (operation.Schemes.Count > 0) expected.Add("401");
            if (operation.IsForAdminsOnly) expected.Add("403");
            if (operation.HasPathId) expected.Add("404");
            if (operation.Body is not null) expected.AddRange(["400", "413", "415"]);
            if (operation.Parameters("query").Any()) expected.Add("400");
            if (operation.Method == "POST") expected.AddRange(["409", "422"]);
            if (operation.Path.StartsWith("/v1/", StringComparison.Ordinal)) expected.AddRange(["429", "500", "503"]);
            var missing = expected.Except(operation.Responses.Select(response => response.Key));
            Assert.True(!missing.Any(), $"{operation} does not tell of {string.Join(", ", missing)}");
            Assert.NotEqual(Nothing, ((string?)operation.Json["summary"] ?? Nothing).Trim());
            Assert.NotEqual(Nothing, ((string?)operation.Json["description"] ?? Nothing).Trim());
            foreach (var (name, schema) in operation.Fields)
                Assert.True(schema["description"] is not null || schema["enum"] is not null, $"{operation} says nothing of {name}");
        }
    }

    /// <summary>Sends, and holds the answer against the document: its status, its media type and its body.</summary>
    private async Task<Answer> SendAsync(ApiDocument api, ApiOperation operation, RawRequest request)
    {
        shared.Called(operation.Id);
        var answer = await ReadAsync(request);
        var told = operation.Responses[$"{answer.Status}"];
        Assert.True(told is not null, $"{operation} answered {answer.Status} {answer.Body}, of which the document does not tell");
        var content = told["content"]?[answer.MediaType ?? Nothing];
        Assert.True(content is not null,
            $"{operation} answered {answer.Status} as {answer.MediaType}, of which the document does not tell");
        if (answer.MediaType!.EndsWith("json", StringComparison.Ordinal))
        {
            var faults = new SchemaCheck(api.Json).Faults(content["schema"]!, answer.Json);
            Assert.True(faults.Count == 0, $"{operation} {answer.Status}: {string.Join("; ", faults)}: {answer.Body}");
        }
        return answer;
    }

    /// <summary>A stream has no end; of it the head is enough.</summary>
    private async Task<Answer> ReadAsync(RawRequest request)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Path);
        if (request.Body is not null) message.Content = new ByteArrayContent(request.Body);
        foreach (var (name, value) in request.Headers)
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content!.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        return response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? new Answer((int)response.StatusCode, "text/event-stream", new Dictionary<string, string>(), Nothing)
            : await Answer.ReadAsync(response);
    }

    /// <summary>A server whose GitHub is on this machine.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private readonly HashSet<string> _operations = new(StringComparer.Ordinal);
        private int _calls;

        public ConnectedServer Pool { get; private set; } = null!;

        public void Called(string operation)
        {
            _operations.Add(operation);
            _calls++;
        }

        public async Task InitializeAsync() => Pool = await ConnectedServer.StartAsync();

        public async Task DisposeAsync()
        {
            await Pool.DisposeAsync();
            Figures.Show($"OpenAPI document: {_operations.Count} operations, {_calls} calls answered as it says: right, without credentials, " +
                "with a bad body, with an unknown id");
        }
    }
}
