using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests;

/// <summary>A worker as a process group of its own, a shell and curl: it claims one task, begins it if told so, sends heartbeats, and
/// reports pr_opened when told so. It can be stopped, continued and killed like any program.</summary>
internal sealed class ShellWorker : IAsyncDisposable
{
    private const string Script = """
        call() { curl -s -m 20 -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; }
        until grep -q lease_id "$FOLDER/lease" 2>/dev/null; do call "$SERVER/v1/claims" -d '{"wait_seconds":10,"max":1}' > "$FOLDER/lease"; done
        task=$(sed -n 's/.*"task_id":"\([^"]*\)".*/\1/p' "$FOLDER/lease")
        lease=$(sed -n 's/.*"lease_id":"\([^"]*\)".*/\1/p' "$FOLDER/lease")
        fence=$(sed -n 's/.*"fencing_token":\([0-9]*\).*/\1/p' "$FOLDER/lease")
        if [ -n "$BEGIN" ]; then call "$SERVER/v1/tasks/$task/status" -d '{"status":"in_progress"}'; fi
        : > "$FOLDER/at-work"
        until [ -e "$FOLDER/report-now" ]; do
          call "$SERVER/v1/workers/heartbeat" -d '{"status":"working"}'
          sleep 0.2
        done
        call "$SERVER/v1/tasks/$task/status" -d "{\"status\":\"pr_opened\",\"lease_id\":\"$lease\",\"fencing_token\":$fence,\"message\":\"late\"}" > "$FOLDER/answer.part"
        mv "$FOLDER/answer.part" "$FOLDER/answer"
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-shell-worker-");
    private readonly Process _process;

    private ShellWorker(Uri server, string token, bool begins)
    {
        // A session of its own, so that a signal reaches the shell and the curl that it waits for alike.
        var start = new ProcessStartInfo("setsid") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "sh", "-c", Script }) start.ArgumentList.Add(argument);
        start.Environment["SERVER"] = server.GetLeftPart(UriPartial.Authority);
        start.Environment["TOKEN"] = token;
        start.Environment["FOLDER"] = _folder.FullName;
        start.Environment["BEGIN"] = begins ? "1" : "";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it, and returns when it holds a task.</summary>
    public static async Task<ShellWorker> StartAsync(Uri server, string token, bool begins = false)
    {
        var worker = new ShellWorker(server, token, begins);
        await Eventually.TrueAsync(() => File.Exists(worker.PathOf("at-work")), "the worker is at work");
        return worker;
    }

    /// <summary>SIGSTOP: it does nothing, and knows nothing of it.</summary>
    public Task StopAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await _process.WaitForExitAsync();
    }

    /// <summary>It reports as soon as it can.</summary>
    public void TellToReport() => File.WriteAllText(PathOf("report-now"), "");

    /// <summary>What the server answered to its report.</summary>
    public async Task<JsonNode> ReadAnswerAsync()
    {
        await Eventually.TrueAsync(() => File.Exists(PathOf("answer")), "the worker has its answer");
        return JsonNode.Parse(await File.ReadAllTextAsync(PathOf("answer")))!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task SignalAsync(string signal)
    {
        var group = string.Create(CultureInfo.InvariantCulture, $"-{_process.Id}");
        using var kill = Process.Start("kill", ["-s", signal, "--", group]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
