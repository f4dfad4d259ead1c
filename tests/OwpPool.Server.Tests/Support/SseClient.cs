using System.Net.Http.Headers;

namespace OwpPool.Server.Tests.Support;

/// <summary>One block of a stream, as it came.</summary>
public sealed record SseBlock(string? Id, string? Type, string? Data, string? Comment, string? Retry)
{
    public System.Text.Json.Nodes.JsonNode Json => System.Text.Json.Nodes.JsonNode.Parse(Data!)!;
}

/// <summary>A client of a live stream that shows everything, comments too.</summary>
public sealed class SseClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly StreamReader _lines;

    private SseClient(HttpClient http, HttpResponseMessage response, StreamReader lines) => (_http, Response, _lines) = (http, response, lines);

    public HttpResponseMessage Response { get; }

    /// <summary>The last id that came.</summary>
    public string? LastId { get; private set; }

    public static async Task<SseClient> OpenAsync(Uri server, string path, string? worker = null, string? lastId = null)
    {
        var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (worker is null) request.Headers.Add("X-Admin-Token", TestServer.AdminToken);
        else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", worker);
        if (lastId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new SseClient(http, response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next block, comments and the retry hint included; null at the end of the stream.</summary>
    public async Task<SseBlock?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        var block = new SseBlock(null, null, null, null, null);
        while (await _lines.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Length == 0) return block;
            var (name, value) = line.Split(": ", 2) is [var field, var text] ? (field, text) : (line, "");
            block = name switch
            {
                "id" => block with { Id = LastId = value },
                "event" => block with { Type = value },
                "data" => block with { Data = block.Data is null ? value : $"{block.Data}\n{value}" },
                "retry" => block with { Retry = value },
                "" => block with { Comment = value },
                _ => throw new InvalidDataException($"A stream has no line '{line}'."),
            };
        }
        return null;
    }

    /// <summary>The next event: what an EventSource would hand to a page.</summary>
    public async Task<SseBlock> EventAsync()
    {
        while (true)
        {
            var block = await ReadAsync();
            Assert.NotNull(block);
            if (block.Data is not null) return block;
        }
    }

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        Response.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
