using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Read-only connections, at most a fixed number; a caller that finds none free waits without holding a thread.</summary>
/// <remarks>In WAL mode a reader never waits for the writer, nor the writer for it.</remarks>
/// <param name="options">Of the storage.</param>
/// <param name="prove">Completes when what is there to be read is on disk.</param>
/// <param name="requireInPlace">Throws where the files are gone: what is left of them must not be read for the whole.</param>
internal sealed class ReaderPool(SqliteStorageOptions options, Action requireInPlace, Func<Task> prove) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.MaxReaders, options.MaxReaders);
    private readonly ConcurrentStack<NativeConnection> _idle = new();
    private volatile bool _disposed;

    /// <summary>Runs the work with a connection on a thread-pool thread: a read may wait for the disk, and a grain's turn must not.</summary>
    public async Task<T> RunAsync<T>(Func<NativeConnection, T> work, CancellationToken cancellationToken)
    {
        await prove().ConfigureAwait(false);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => RunHoldingSlot(work), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Runs the work on the calling thread.</summary>
    public T Run<T>(Func<NativeConnection, T> work)
    {
        prove().GetAwaiter().GetResult();
        _slots.Wait();
        try
        {
            return RunHoldingSlot(work);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Takes a connection for longer than one call; give it back with <see cref="Return"/>.</summary>
    public async Task<NativeConnection> RentAsync(CancellationToken cancellationToken)
    {
        await prove().ConfigureAwait(false);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(Take, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    public void Return(NativeConnection connection)
    {
        PutBack(connection);
        _slots.Release();
    }

    /// <summary>Waits for the reads under way and closes all connections.</summary>
    public void Dispose()
    {
        _disposed = true;
        for (var i = 0; i < options.MaxReaders; i++)
            _slots.Wait();
        while (_idle.TryPop(out var connection))
            connection.Dispose();
        _slots.Release(options.MaxReaders);
    }

    private T RunHoldingSlot<T>(Func<NativeConnection, T> work)
    {
        var connection = Take();
        try
        {
            var result = work(connection);
            PutBack(connection);
            return result;
        }
        catch (SqliteException error) when (error.SqliteErrorCode != raw.SQLITE_ERROR)
        {
            // An I/O error or the like may have left the connection unusable; the next read opens a fresh one.
            connection.Dispose();
            throw;
        }
        catch
        {
            PutBack(connection);
            throw;
        }
    }

    private NativeConnection Take()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteStorage));
        requireInPlace();
        return _idle.TryPop(out var connection) ? connection : ConnectionSettings.OpenReader(options);
    }

    private void PutBack(NativeConnection connection) => _idle.Push(connection);
}
