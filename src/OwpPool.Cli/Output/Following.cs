namespace OwpPool.Cli.Output;

/// <summary>Streams without an end.</summary>
internal static class Following
{
    /// <summary>Writes each until the command is stopped, which is how such a command ends well.</summary>
    public static async Task<int> UntilStoppedAsync<T>(IAsyncEnumerable<T> items, Action<T> write, CancellationToken ct)
    {
        try
        {
            await foreach (var item in items.WithCancellation(ct)) write(item);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Nobody can see the end of it otherwise.
        }
        return ExitCodes.Done;
    }
}
