using System.Diagnostics;
using System.Text.Json;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary><c>owp mcp</c> at the end of two pipes: what goes in and what comes out is seen as it is.</summary>
internal sealed class McpProcess : IAsyncDisposable
{
    /// <summary>The built tool beside the tests.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "owp.dll");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly Task<string> _error;

    private McpProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Every line that it has said.</summary>
    public IReadOnlyList<string> Output => _output;

    /// <summary>Starts it, says hello and takes in the answer.</summary>
    public static async Task<McpProcess> StartAsync(IReadOnlyDictionary<string, string> variables, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, "mcp", .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment(variables)) start.Environment[name] = value;
        var process = new McpProcess(Process.Start(start)!);
        var hello = await process.AskAsync(0, "initialize",
            """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}""");
        Assert.Equal("owp", hello.GetProperty("result").GetProperty("serverInfo").GetProperty("name").GetString());
        await process.WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return process;
    }

    /// <summary>No variable of the machine reaches the process but those that are named.</summary>
    public static Dictionary<string, string?> Environment(IReadOnlyDictionary<string, string> variables)
    {
        string[] own = ["OWP_URL", "OWP_TOKEN", "OWP_PROFILE", "OWP_ADMIN_TOKEN"];
        var all = own.ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in variables) all[name] = value;
        return all;
    }

    /// <summary>Writes a line as it stands.</summary>
    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>A request, and the answer to it.</summary>
    public async Task<JsonElement> AskAsync(int id, string method, string parameters)
    {
        await WriteAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""");
        return await ReadAsync(answer => answer.TryGetProperty("id", out var given) && given.ToString() == id.ToString());
    }

    /// <summary>Calls a tool.</summary>
    public async Task<JsonElement> CallAsync(int id, string tool, string arguments = "{}") =>
        await AskAsync(id, "tools/call", $$"""{"name":"{{tool}}","arguments":{{arguments}}}""");

    /// <summary>The next message that is meant; others are passed over.</summary>
    public async Task<JsonElement> ReadAsync(Func<JsonElement, bool>? isMeant = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var line = await _process.StandardOutput.ReadLineAsync(limit.Token);
            Assert.True(line is not null, $"It ended: {(_process.HasExited ? await _error : "")}");
            _output.Add(line);
            // Nothing but protocol on stdout.
            var message = JsonDocument.Parse(line).RootElement;
            Assert.Equal("2.0", message.GetProperty("jsonrpc").GetString());
            if (message.TryGetProperty("method", out _)) continue;
            if (isMeant is null || isMeant(message)) return message;
        }
    }

    /// <summary>Closes its input, and waits until it has ended.</summary>
    /// <returns>Its exit code and what it wrote to stderr; what was left of its output is in <see cref="Output"/>.</returns>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        _process.StandardInput.Close();
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line) _output.Add(line);
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, await _error);
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
