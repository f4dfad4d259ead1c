using System.Collections.Concurrent;
using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>An AI tool that has started <c>owp mcp</c> as a process of its own, and speaks with it as the library's client does.</summary>
internal sealed class McpAgent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<string> _log;

    private McpAgent(McpClient client, ConcurrentQueue<string> log) => (Client, _log) = (client, log);

    public McpClient Client { get; }

    /// <summary>What the process wrote to stderr.</summary>
    public string Log => string.Join('\n', _log);

    public static async Task<McpAgent> StartAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var log = new ConcurrentQueue<string>();
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Command = "dotnet",
            Arguments = ["exec", McpProcess.Program, "mcp", .. arguments],
            EnvironmentVariables = McpProcess.Environment(variables),
            StandardErrorLines = log.Enqueue,
            ShutdownTimeout = TimeSpan.FromSeconds(30),
        });
        // On a busy machine a process takes long to start; the client would ask anew by an older version, and be told that it is late.
        var options = new McpClientOptions { DiscoverProbeTimeout = Patience, InitializationTimeout = Patience };
        return new McpAgent(await McpClient.CreateAsync(transport, options), log);
    }

    /// <summary>Calls a tool that must succeed.</summary>
    public async Task<ToolCall> CallAsync(string tool, object? arguments = null)
    {
        var call = await TryAsync(tool, arguments);
        Assert.False(call.IsError, call.Text);
        return call;
    }

    /// <summary>Calls a tool that must refuse.</summary>
    public async Task<string> RefusedAsync(string tool, object? arguments = null)
    {
        var call = await TryAsync(tool, arguments);
        Assert.True(call.IsError, call.Text);
        return call.Text;
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private async Task<ToolCall> TryAsync(string tool, object? arguments)
    {
        var given = arguments is null
            ? []
            : JsonSerializer.SerializeToElement(arguments).EnumerateObject().ToDictionary(item => item.Name, item => (object?)item.Value);
        var result = await Client.CallToolAsync(tool, given);
        return new ToolCall(
            result.IsError is true, string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text)),
            result.StructuredContent);
    }
}

/// <summary>What a tool answered.</summary>
internal sealed record ToolCall(bool IsError, string Text, JsonElement? Content)
{
    public JsonElement this[string name] => Content!.Value.GetProperty(name);

    public string? String(string name) => this[name].GetString();

    public IEnumerable<string> Notices => this["notices"].EnumerateArray().Select(notice => notice.GetString()!);
}
