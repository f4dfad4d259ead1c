using OwpPool.Cli.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Output;

public sealed class WatchTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public WatchTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Watch_NotOnATerminal_WritesALineForEachChangeAndEndsWell()
    {
        var repo = await _pool.NewRepoAsync();
        var (first, second) = (await _pool.NewTaskAsync(repo), await _pool.NewTaskAsync(repo));
        using var stop = new CancellationTokenSource();
        var both = new TaskCompletionSource();
        using var output = new WatchedWriter(text => text.Contains(first, StringComparison.Ordinal) && text.Contains(second, StringComparison.Ordinal), () => both.TrySetResult());
        var watching = _owp.RunAsync($"task list --repo {repo} --watch", output, stop.Token);
        await both.Task;

        await _pool.Admin.CancelTaskAsync(second, "No.");
        await Eventually.TrueAsync(() => Task.FromResult(output.ToString().Contains("cancelled", StringComparison.Ordinal)), "the change is shown");
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, (await watching).ExitCode);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"{second}\tcancelled\t", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OnATerminal_DrawsAllOfItAgain()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        _owp.IsTerminal = true;
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        var watching = _owp.RunAsync($"task view {id} --watch", output, stop.Token);
        await Eventually.TrueAsync(() => Task.FromResult(output.ToString().Contains("ready", StringComparison.Ordinal)), "it is shown");

        await _pool.Admin.CancelTaskAsync(id, "No.");
        await Eventually.TrueAsync(() => Task.FromResult(output.ToString().Contains("task.cancelled", StringComparison.Ordinal)), "it is shown again");
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, (await watching).ExitCode);
        Assert.True(output.ToString().Split("\u001b[H\u001b[2J").Length >= 3, output.ToString());
    }

    public void Dispose() => _owp.Dispose();
}
