namespace OwpPool.Storage.Tests.Support;

/// <summary>Keeps the writer busy, so that what is queued meanwhile becomes one batch, in a known order.</summary>
internal sealed class HeldWriter : IAsyncDisposable
{
    private readonly ManualResetEventSlim _entered = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly SqliteStorage _storage;
    private readonly Task _job;

    private HeldWriter(SqliteStorage storage)
    {
        _storage = storage;
        _job = storage.RunOnWriterAsync(_ =>
        {
            _entered.Set();
            _release.Wait();
        });
        _entered.Wait();
    }

    /// <summary>Queues the writes one after the other while the writer is held, then lets it go on.</summary>
    /// <returns>The writes, under way.</returns>
    public static async Task<Task[]> BatchAsync(SqliteStorage storage, params IEnumerable<Func<Task>> writes)
    {
        await using var held = new HeldWriter(storage);
        return await held.QueueAsync(writes);
    }

    public static HeldWriter Hold(SqliteStorage storage) => new(storage);

    /// <summary>Starts the writes, each when the one before it is in the queue: a new text takes a moment to get there.</summary>
    public async Task<Task[]> QueueAsync(IEnumerable<Func<Task>> writes)
    {
        var queued = new List<Task>();
        foreach (var write in writes)
        {
            queued.Add(write());
            await Eventually.HoldsAsync(() => _storage.QueuedWrites == queued.Count, $"{queued.Count} writes are queued");
        }

        return [.. queued];
    }

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        await _job;
        _release.Dispose();
        _entered.Dispose();
    }
}
