using System.Diagnostics;

namespace Orleans.StandIn.Tests;

/// <summary>Waits for conditions, generously: a slow machine must not fail a test.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static async Task True(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, $"This did not happen: {what}.");
            await Task.Yield();
        }
    }

    /// <summary>The task's end, or a failure that says which one never came.</summary>
    internal static async Task Ends(Task task, string what)
    {
        Assert.True(await Task.WhenAny(task, Task.Delay(Patience)) == task, $"This did not end: {what}.");
        await task;
    }
}
