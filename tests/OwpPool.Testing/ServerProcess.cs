using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Text;

namespace OwpPool.Testing;

/// <summary>The built server as a process of its own, on a loopback port and a database file; it can be killed like any process.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The admin token that these servers are started with.</summary>
    public const string AdminToken = "a-test-admin-token-of-good-length";

    /// <remarks>XFSZ is ignored so that a write beyond a file size limit, which a test may set, fails as on a bad disk and does not end the
    /// process. TEST_OPEN_FILES, which a test may set, is how many files the process may have open.</remarks>
    private const string Launch = """
        trap '' XFSZ
        [ -z "$TEST_OPEN_FILES" ] || ulimit -n "$TEST_OPEN_FILES" || exit
        exec dotnet "$0"
        """;

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors) _errors.AppendLine(line.Data);
        };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>What it has logged.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts the server that the calling test project was built with, and returns when it is ready.</summary>
    /// <param name="caller">The test assembly; its project sets <c>RunsServer</c>.</param>
    /// <param name="databasePath">Made if missing.</param>
    /// <param name="port">A free one.</param>
    /// <param name="settings">More environment variables.</param>
    public static async Task<ServerProcess> StartAsync(
        Assembly caller, string databasePath, int port, params (string Name, string Value)[] settings)
    {
        var server = Start(caller, databasePath, port, settings);
        try
        {
            await server.BecomeReadyAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts it and returns at once: it may not be ready for a while, or may end by itself.</summary>
    public static ServerProcess Start(Assembly caller, string databasePath, int port, params (string Name, string Value)[] settings)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var program = caller.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "ServerProgram").Value!;
        var start = new ProcessStartInfo("sh", ["-c", Launch, program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(databasePath))!,
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        start.Environment["OWP_DB_PATH"] = databasePath;
        start.Environment["OWP_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["OWP_HOST"] = "127.0.0.1";
        start.Environment["OWP_ADMIN_TOKEN"] = AdminToken;
        var server = new ServerProcess(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It ended; the message has its exit code and what it said.</exception>
    public async Task BecomeReadyAsync()
    {
        using var client = Client();
        var said = "nothing";
        try
        {
            await Eventually.TrueAsync(IsReadyAsync, "the server is ready").ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The server is not ready; last it said {said}, and logged: {Errors}", late);
        }

        async Task<bool> IsReadyAsync()
        {
            if (_process.HasExited) throw new InvalidOperationException($"The server ended with {_process.ExitCode}: {Errors}");
            try
            {
                using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative)).ConfigureAwait(false);
                said = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}";
                return answer.IsSuccessStatusCode;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException)
            {
                said = failure.Message;
                return false;
            }
        }
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit code; what it said last is in <see cref="Errors"/> by then.</returns>
    /// <exception cref="TimeoutException">It did not end within a minute.</exception>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>A client with the admin's token.</summary>
    public HttpClient Admin()
    {
        var client = Client();
        client.DefaultRequestHeaders.Add("X-Admin-Token", AdminToken);
        return client;
    }

    /// <summary>A client with a worker's token, or none.</summary>
    public HttpClient Client(string? workerToken = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(100) };
        if (workerToken is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", workerToken);
        return client;
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>SIGTERM, and waits for the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync().ConfigureAwait(false);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Kills it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync().ConfigureAwait(false);
        _process.Dispose();
    }
}
