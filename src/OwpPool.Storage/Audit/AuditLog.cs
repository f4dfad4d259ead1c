using OwpPool.Core.Audit;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>The audit log, for those who ask what happened.</summary>
public sealed class AuditLog
{
    /// <summary>A total is counted so far and no further: a filter that finds a million events must not read them all for each page.
    /// </summary>
    public const int CountedEvents = 10_000;

    private static readonly AuditFilter Everything = new();

    private static readonly SqlText Edges = new("SELECT (SELECT min(seq) FROM pool_events), (SELECT max(seq) FROM pool_events)");

    private readonly ReaderPool _readers;

    internal AuditLog(ReaderPool readers) => _readers = readers;

    /// <summary>A page of what the filter finds, in order of number.</summary>
    public Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, AuditPage page, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(page);
        return _readers.RunAsync<IReadOnlyList<AuditEntry>>(
            connection => Snapshot.Read(connection, snapshot => Read(snapshot, filter, page)), cancellationToken);
    }

    /// <summary>How many events the filter finds in all; exact up to <see cref="CountedEvents"/>, and always without a filter.</summary>
    public Task<AuditTotal> CountAsync(AuditFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _readers.RunAsync(connection => Snapshot.Read(connection, snapshot => Count(snapshot, filter)), cancellationToken);
    }

    /// <summary>Looks through the whole log for events that were changed, removed, added or moved. A million take seconds.</summary>
    /// <param name="noted">A mark that the log must lead through; null = none.</param>
    public Task<ChainReport> VerifyAsync(ChainMark? noted = null, CancellationToken cancellationToken = default)
        => AuditVerification.RunAsync(_readers, noted, cancellationToken);

    private static List<AuditEntry> Read(NativeConnection connection, AuditFilter filter, AuditPage page)
    {
        var query = AuditQuery.Of(connection, filter);
        var (after, upTo) = page switch
        {
            { Beyond: { } beyond, Ascending: true } => (Math.Max(query.After, beyond), query.UpTo),
            { Beyond: { } beyond } => (query.After, Math.Min(query.UpTo, beyond - 1)),
            _ => (query.After, query.UpTo),
        };
        var values = query.Values(after, upTo, (long)page.Limit, (long)page.Offset);
        return RowReader.ToList(connection, query.Rows(page.Ascending), values, ToEntry);
    }

    private static AuditTotal Count(NativeConnection connection, AuditFilter filter)
    {
        // Numbers have no gaps: what is rolled back has taken none.
        if (filter == Everything)
        {
            return RowReader.ToList(connection, Edges, [], row =>
                new AuditTotal(row.IsNull(0) ? 0 : row.GetInt64(1) - row.GetInt64(0) + 1, IsExact: true))[0];
        }
        var query = AuditQuery.Of(connection, filter);
        var values = query.Values(query.After, query.UpTo, CountedEvents + 1L);
        var count = RowReader.ToList(connection, query.Count(), values, row => row.GetInt64(0))[0];
        return new AuditTotal(Math.Min(count, CountedEvents), count <= CountedEvents);
    }

    private static AuditEntry ToEntry(PreparedStatement row)
        => new(
            row.GetInt64(0), row.GetText(1)!, row.GetText(2)!, row.GetText(3)!, row.GetText(4)!, row.GetText(5), row.GetText(6)!);
}
