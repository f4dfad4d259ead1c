using OwpPool.Cli.Output;

namespace OwpPool.Cli.Run;

/// <summary>What a command says: into the task's log, and read for its pull request.</summary>
/// <param name="turn">Whose log it is.</param>
/// <param name="branch">The task's.</param>
/// <param name="time">The clock.</param>
/// <param name="mask">Hides secrets in each line.</param>
/// <param name="echo">Sees each line too; null = nobody does.</param>
internal sealed class CommandOutput(TaskTurn turn, string branch, TimeProvider time, SecretMask mask, Action<string, string>? echo)
{
    private readonly LogPump _log = new(turn, time);

    /// <summary>The pull requests that it named.</summary>
    public PrintedPullRequests PullRequests { get; } = new(turn.Lease.Repo, branch);

    /// <summary>The last line with something in it; null = there was none.</summary>
    public string? LastLine { get; private set; }

    /// <summary>Lets the command go, and returns when it has ended, with all that it started, and its last line is in the log.</summary>
    /// <param name="command">At its gate.</param>
    /// <param name="prompt">For its stdin.</param>
    /// <param name="timeout">How long it may run; null = as long as it likes.</param>
    /// <param name="patience">How long its output may stay open when it has ended.</param>
    /// <param name="ct">The lease is gone, or the worker stops: the command is ended.</param>
    /// <returns>Its exit code; null = it was ended because its time was up.</returns>
    public async Task<int?> CarryAsync(
        CommandProcess command, string prompt, TimeSpan? timeout, TimeSpan patience, CancellationToken ct)
    {
        using var close = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var limit = new RunningLimit(timeout, time);
        var reading = LineSplitter.ReadAsync(command.Output, Take, mask, close.Token);
        var sending = _log.RunAsync(abandon.Token);
        var feeding = command.LetGoAsync(prompt, abandon.Token);
        try
        {
            var exitCode = await WaitAsync(command, reading, limit.Token, ct);
            // What it started and left behind ends with it, and so does the output.
            await command.EndAsync();
            close.CancelAfter(patience);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (reading.IsFaulted) await reading;
            _log.Complete(exitCode is { } code
                ? $"The command ended with exit code {code}."
                : $"The command was ended after {Ago.Length(timeout!.Value)}, its time limit.", isError: exitCode != 0);
            await sending;
            return exitCode;
        }
        finally
        {
            await command.EndAsync();
            await close.CancelAsync();
            await abandon.CancelAsync();
            await Task.WhenAll(reading, sending, feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!reading.IsCompletedSuccessfully) command.AbandonOutput();
        }
    }

    /// <summary>Waits for the command's end, and no longer than somebody reads what it says: it would hang at a full pipe.</summary>
    private static async Task<int?> WaitAsync(CommandProcess command, Task reading, CancellationToken limit, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, ct);
        var ending = command.WaitAsync(either.Token);
        await Task.WhenAny(ending, reading);
        if (reading.IsFaulted)
        {
            await either.CancelAsync();
            await ((Task)ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reading;
        }
        try
        {
            return await ending;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // It may have ended while this process was stopped, and both are heard at once.
            return command.ExitCode;
        }
    }

    private void Take(string line)
    {
        var shown = mask.Hide(line);
        PullRequests.Take(shown);
        if (!string.IsNullOrWhiteSpace(shown)) LastLine = shown.Trim();
        _log.Add(shown);
        echo?.Invoke(turn.Lease.TaskId, shown);
    }
}
