using System.ComponentModel;
using System.Diagnostics;

namespace OwpPool.Cli.Output;

/// <summary>The program jq, which <c>--jq</c> sends the JSON through: there is no library of the whole language.</summary>
internal sealed class JqFilter : IDisposable
{
    private const int WrongExpression = 3;

    private readonly Process _jq;
    private readonly Task _copying;
    private readonly Task<string> _complaint;

    private JqFilter(Process jq, TextWriter output)
    {
        _jq = jq;
        _complaint = jq.StandardError.ReadToEndAsync();
        _copying = CopyAsync(jq.StandardOutput, output);
    }

    /// <summary>Starts it.</summary>
    /// <param name="expression">In jq's language.</param>
    /// <param name="output">Receives what it makes of the JSON, texts without quotes.</param>
    /// <exception cref="UsageException">There is no jq.</exception>
    public static JqFilter Start(string expression, TextWriter output)
    {
        // Behind a blank, no expression passes for an option.
        var start = new ProcessStartInfo("jq", ["--raw-output", "--unbuffered", " " + expression])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        try
        {
            return new JqFilter(Process.Start(start)!, output);
        }
        catch (Win32Exception)
        {
            throw new UsageException("--jq needs the program jq, which is not on the PATH. Install it (apt install jq, brew install jq, "
                + "winget install jqlang.jq), or use --json and filter its output with another program.");
        }
    }

    /// <summary>Refuses an expression that jq cannot read, before anything is done.</summary>
    /// <exception cref="UsageException">It cannot, or there is no jq.</exception>
    public static void Check(string expression)
    {
        using var jq = Start(expression, TextWriter.Null);
        jq.Finish();
    }

    /// <summary>Sends it a line of JSON.</summary>
    public void Write(string json)
    {
        try
        {
            _jq.StandardInput.WriteLine(json);
            _jq.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; why is told at the end.
        }
    }

    /// <summary>Waits until everything is written.</summary>
    /// <exception cref="UsageException">The expression is wrong, or does not fit the JSON.</exception>
    public void Finish()
    {
        try
        {
            _jq.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before.
        }
        _copying.GetAwaiter().GetResult();
        _jq.WaitForExit();
        if (_jq.ExitCode == 0) return;
        var complaint = _complaint.GetAwaiter().GetResult().Trim();
        throw new UsageException(_jq.ExitCode == WrongExpression ? $"--jq is no expression that jq can read: {complaint}"
            : $"--jq: {complaint}");
    }

    public void Dispose()
    {
        if (!_jq.HasExited) _jq.Kill();
        _jq.Dispose();
    }

    private static async Task CopyAsync(TextReader from, TextWriter to)
    {
        while (await from.ReadLineAsync() is { } line) await to.WriteLineAsync(string.Join('\t', line.Split('\t').Select(Printable.Of)));
    }
}
