using System.Diagnostics;
using System.Globalization;
using System.Text;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>The built <c>owp</c> as a process of its own, that takes signals and can be killed.</summary>
internal sealed class OwpProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private OwpProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += Hear;
        process.ErrorDataReceived += Hear;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Both of its outputs.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <param name="stage">Whose worker, folders and pool it uses.</param>
    /// <param name="args">After <c>owp</c>.</param>
    public static OwpProcess Start(RunStage stage, params string[] args)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "owp.dll");
        // Who runs the tests in the background of a script ignores SIGINT, and so would whatever they start.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", program, .. args])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = stage.Folder.FullPath,
        };
        start.Environment["XDG_CONFIG_HOME"] = stage.Folder.File("config");
        start.Environment["OWP_URL"] = stage.Server.Address.AbsoluteUri;
        start.Environment["OWP_TOKEN"] = stage.Token;
        start.Environment["MARKS"] = stage.Marks;
        return new OwpProcess(Process.Start(start)!);
    }

    /// <summary>Sends a signal, by its name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>As a crash ends it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Returns when it has said something.</summary>
    public Task UntilSaysAsync(string text) =>
        Eventually.TrueAsync(() => Said.Contains(text, StringComparison.Ordinal), $"owp says '{text}', not: {Said}");

    /// <summary>Its exit code, when it has ended by itself.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        lock (_said) _said.AppendLine(line.Data);
    }
}
