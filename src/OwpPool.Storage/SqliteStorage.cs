using Microsoft.Data.Sqlite;
using OwpPool.Storage.Analytics;
using OwpPool.Storage.Answers;
using OwpPool.Storage.Audit;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Files;
using OwpPool.Storage.GitHub;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Schema;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.TaskLogs;
using OwpPool.Storage.Webhooks;
using SQLitePCL;

namespace OwpPool.Storage;

/// <summary>The pool's database file, open: locked, checked, at this program's schema, with one writer and a few readers.</summary>
/// <remarks>One process at a time. Dispose finishes the writes that are queued, folds the log into the file and frees the lock.</remarks>
public sealed class SqliteStorage : IDisposable, IAsyncDisposable
{
    private const int OldEventsBatch = 10_000;

    private readonly ProcessLock _lock;
    private readonly DatabaseGuard _guard;
    private readonly StorageInstruments _instruments = new();
    private readonly WriteQueue _writer;
    private readonly ReaderPool _readers;
    private int _disposed;

    private SqliteStorage(
        ProcessLock processLock, DatabaseGuard guard, NativeConnection writer, SqliteStorageOptions options, TimeProvider time)
    {
        Options = options;
        _lock = processLock;
        _guard = guard;
        var tail = new EventFeedTail();
        tail.Moved(EventFeedTail.Read(writer));
        _writer = new WriteQueue(writer, guard, options, time, _instruments, tail);
        _readers = new ReaderPool(options, _writer.RequireNotMoved, _writer.ProveAsync);
        DataSource = new SqlitePoolDataSource(new StatementRouter(_writer, _readers), options.Path);
        ReadModel = new PoolReadModel(_readers);
        Events = new EventLogReader(_readers);
        Feed = new EventFeed(Events, tail, time);
        Cursors = new EventCursors(DataSource);
        TaskLogs = new TaskLogStore(DataSource, _readers);
        _instruments.ObserveFeed(Feed);
        Answers = new StoredAnswers(DataSource);
        Audit = new AuditLog(_readers);
        Retention = new AuditRetention(_readers, DataSource);
        Analytics = new AnalyticsReader(_readers);
        PullRequests = new PullRequestTable(DataSource);
        GitHubInbox = new GitHubInbox(DataSource);
        GitHubOutbox = new GitHubOutbox(DataSource);
        GitHubRepos = new GitHubRepoTable(DataSource);
        Webhooks = new WebhookTable(DataSource);
    }

    /// <summary>The settings the file was opened with.</summary>
    public SqliteStorageOptions Options { get; }

    /// <summary>Whether the start had time to look at every page; see <see cref="SqliteStorageOptions.CheckTime"/>.</summary>
    public bool IsChecked { get; private init; }

    /// <summary>Files of the database that other users may be able to read, for the pool may not change their mode; empty as a rule.
    /// </summary>
    public IReadOnlyList<string> OpenToOthers { get; private init; } = [];

    /// <summary>Where a log was set aside at the start, for it belonged to another database than the one that is there; null as a rule.
    /// </summary>
    public string? LogSetAside { get; private init; }

    /// <summary>What every Orleans ADO.NET provider is given, with the invariant <c>System.Data.SQLite</c>.</summary>
    public SqlitePoolDataSource DataSource { get; }

    /// <summary>Queries over what the grains wrote.</summary>
    public PoolReadModel ReadModel { get; }

    /// <summary>The audit log, in order.</summary>
    public EventLogReader Events { get; }

    /// <summary>The audit log as it grows.</summary>
    public EventFeed Feed { get; }

    /// <summary>How far the consumers of the audit log have come.</summary>
    public EventCursors Cursors { get; }

    /// <summary>The audit log, to be searched and to be verified.</summary>
    public AuditLog Audit { get; }

    /// <summary>The end of what is old in the audit log.</summary>
    public AuditRetention Retention { get; }

    /// <summary>Figures of how work flows.</summary>
    public AnalyticsReader Analytics { get; }

    /// <summary>What workers say while they work.</summary>
    public TaskLogStore TaskLogs { get; }

    /// <summary>The answers to idempotency keys.</summary>
    public StoredAnswers Answers { get; }

    /// <summary>Whose pull requests are, and what GitHub said of them.</summary>
    public PullRequestTable PullRequests { get; }

    /// <summary>Deliveries of GitHub's webhook.</summary>
    public GitHubInbox GitHubInbox { get; }

    /// <summary>What is still to be shown on GitHub.</summary>
    public GitHubOutbox GitHubOutbox { get; }

    /// <summary>Repos that are kept in step with GitHub.</summary>
    public GitHubRepoTable GitHubRepos { get; }

    /// <summary>Operators' webhooks.</summary>
    public WebhookTable Webhooks { get; }

    /// <summary>Writes acknowledged since the storage was opened.</summary>
    public long Writes => _instruments.Writes;

    /// <summary>Commits that acknowledged them; writes divided by it is the mean batch.</summary>
    public long Batches => _instruments.Batches;

    /// <summary>Writes that wait at this moment for the batch under way to end: how far the disk is behind.</summary>
    public int QueuedWrites => _writer.Queued;

    /// <summary>Opens the database, which is made if it is missing.</summary>
    /// <param name="timeProvider">For instants in lock and schema, and the length of commits; default the system's.</param>
    /// <exception cref="StorageStartupException">The settings or the file are not usable; the message is one line for an operator.
    /// </exception>
    public static SqliteStorage Open(SqliteStorageOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var time = timeProvider ?? TimeProvider.System;
        if (options.Validate() is { Count: > 0 } errors)
            throw new StorageStartupException($"The storage settings are not valid: {string.Join("; ", errors)}.");

        options = options with { Path = DatabaseFiles.Resolve(options.Path) };
        DatabaseFile.PrepareFolder(options.Path);
        var processLock = ProcessLock.Take(options.Path, time);
        DatabaseGuard? guard = null;
        NativeConnection? connection = null;
        try
        {
            var header = DatabaseFile.Look(options.Path);
            if (header is null)
                DatabaseFile.Claim(options);
            guard = DatabaseGuard.Take(options.Path);
            var openToOthers = DatabaseFile.CloseToOthers(options.Path);
            var aside = header is { } known ? DatabaseFile.CheckLog(options.Path, known, time) : null;
            connection = ConnectionSettings.OpenWriter(options);
            var isChecked = DatabaseFile.CheckPages(connection, options, time);
            new SchemaMigrator(Migration.Embedded, time).Migrate(connection, options.Path);
            ConnectionSettings.AssertWriter(connection, options);
            SealOldEvents(connection);
            guard.Expect(CommitStamp.Mark(connection));
            return new SqliteStorage(processLock, guard, connection, options, time)
            {
                IsChecked = isChecked,
                OpenToOthers = openToOthers,
                LogSetAside = aside,
            };
        }
        catch (Exception error)
        {
            connection?.Dispose();
            guard?.Dispose();
            processLock.Dispose();
            if (error is SqliteException sqlite)
                throw new StorageStartupException(Describe(sqlite, options.Path), sqlite);
            throw;
        }
    }

    /// <summary>Whether writes can be stored: true unless the last one failed for all, and still would.</summary>
    public Task<bool> CanWriteAsync() => _writer.CanWriteAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        // The writer closes last: the last connection to close folds the log into the database.
        _writer.Drain();
        Feed.Stop();
        _readers.Dispose();
        _writer.Dispose();
        _instruments.Dispose();
        _guard.Dispose();
        _lock.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(Dispose).ConfigureAwait(false);

    /// <summary>Runs a job on the writer's connection, between two batches.</summary>
    internal Task RunOnWriterAsync(Action<NativeConnection> job) => _writer.RunAsync(job);

    /// <summary>Brings a log that was written before there was a chain into it.</summary>
    private static void SealOldEvents(NativeConnection connection)
    {
        var sealer = new EventSealer();
        bool more;
        do
        {
            connection.Execute("BEGIN IMMEDIATE");
            try
            {
                more = sealer.SealOld(connection, OldEventsBatch);
                connection.Execute("COMMIT");
            }
            catch
            {
                if (!connection.IsAutocommit)
                    connection.Execute("ROLLBACK");
                throw;
            }
        }
        while (more);
    }

    private static string Describe(SqliteException error, string path)
        => error.SqliteErrorCode switch
        {
            raw.SQLITE_FULL => $"The disk with the database {path} is full.",
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"The database {path} is locked by another program.",
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM =>
                $"The database {path} cannot be written: {ProcessLock.OneLine(error)}",
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"The database {path} is damaged: {ProcessLock.OneLine(error)}",
            _ => $"The database {path} cannot be opened: {ProcessLock.OneLine(error)}",
        };
}
