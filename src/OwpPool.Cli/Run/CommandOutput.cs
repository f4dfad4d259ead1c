namespace OwpPool.Cli.Run;

/// <summary>What a command says: into the task's log, and read for its pull request.</summary>
internal sealed class CommandOutput(TaskTurn turn, TimeProvider time, Func<string, string> hide, Action<string, string>? echo)
{
    private readonly LogPump _log = new(turn, time);

    /// <summary>The last address that looks like a pull request; null = there was none.</summary>
    public Uri? PullRequest { get; private set; }

    /// <summary>The last line with something in it; null = there was none.</summary>
    public string? LastLine { get; private set; }

    /// <summary>Lets the command go, and returns when it has ended, with all that it started, and its last line is in the log.</summary>
    /// <param name="command">At its gate.</param>
    /// <param name="prompt">For its stdin.</param>
    /// <param name="patience">How long its output may stay open when it has ended.</param>
    /// <param name="ct">The lease is gone, or the worker stops: the command is ended.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> CarryAsync(CommandProcess command, string prompt, TimeSpan patience, CancellationToken ct)
    {
        using var close = new CancellationTokenSource();
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var reading = LineSplitter.ReadAsync(command.Output, Take, close.Token);
        var sending = _log.RunAsync(abandon.Token);
        var feeding = command.LetGoAsync(prompt, abandon.Token);
        try
        {
            var exitCode = await command.WaitAsync(ct);
            // What it started and left behind ends with it, and so does the output.
            await command.EndAsync();
            close.CancelAfter(patience);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _log.Complete($"The command ended with exit code {exitCode}.", isError: exitCode != 0);
            await sending;
            return exitCode;
        }
        finally
        {
            await command.EndAsync();
            await close.CancelAsync();
            await abandon.CancelAsync();
            await Task.WhenAll(reading, sending, feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(string line)
    {
        var shown = hide(line);
        if (PullRequestLink.LastIn(shown) is { } address) PullRequest = address;
        if (!string.IsNullOrWhiteSpace(shown)) LastLine = shown.Trim();
        _log.Add(shown);
        echo?.Invoke(turn.Lease.TaskId, shown);
    }
}
