using OwpPool.Core.Audit;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>Looks through the audit log's chain while the pool goes on: page by page, so that no read holds up the checkpoints.</summary>
internal static class AuditVerification
{
    private const int PageEvents = 2000;

    private static readonly SqlText Marks = new("SELECT head_seq, head_hash, anchor_seq, anchor_hash FROM pool_event_chain WHERE id = 1");

    private static readonly SqlText Foreign = new(
        """
        SELECT seq FROM (SELECT seq FROM pool_events WHERE seq <= ?1 ORDER BY seq LIMIT ?3)
        UNION ALL SELECT seq FROM (SELECT seq FROM pool_events WHERE seq > ?2 ORDER BY seq LIMIT ?3)
        """);

    private static readonly SqlText Page = new(
        """
        SELECT seq, at, type, actor, target, repo, details, hash
        FROM pool_events WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3
        """);

    /// <summary>Reads the whole log, as far as it goes when the call begins.</summary>
    /// <param name="noted">A mark that the log must lead through; null = none.</param>
    public static async Task<ChainReport> RunAsync(ReaderPool readers, ChainMark? noted, CancellationToken cancellationToken)
    {
        var verifier = await ReadAsync(connection => Begin(connection, noted)).ConfigureAwait(false);
        if (verifier is null) return ChainVerifier.WithoutHead();
        while (await ReadAsync(connection => ReadPage(connection, verifier)).ConfigureAwait(false))
            cancellationToken.ThrowIfCancellationRequested();
        return verifier.Finish();

        Task<T> ReadAsync<T>(Func<NativeConnection, T> read) =>
            readers.RunAsync(connection => Snapshot.Read(connection, read), cancellationToken);
    }

    private static ChainVerifier? Begin(NativeConnection connection, ChainMark? noted)
    {
        if (ReadMarks(connection) is not { } marks) return null;
        var verifier = new ChainVerifier(marks.Anchor, marks.Head, noted);
        RowReader.ToList(connection, Foreign, [marks.Anchor.Seq, marks.Head.Seq, (long)ChainVerifier.MaxFaults], row => row.GetInt64(0))
            .ForEach(verifier.AddForeign);
        return verifier;
    }

    /// <returns>False when there are no more.</returns>
    private static bool ReadPage(NativeConnection connection, ChainVerifier verifier)
    {
        // Retention may have gone on since the last page.
        if (ReadMarks(connection) is { } marks) verifier.MoveAnchor(marks.Anchor);
        var rows = connection.Prepare(Page).Get(0)!.Bind(1, verifier.Position).Bind(2, verifier.Head.Seq).Bind(3, (long)PageEvents);
        try
        {
            var count = 0;
            for (; rows.Step(); count++) verifier.Add(EventRow.Read(rows), rows.GetUtf8(7));
            return count == PageEvents;
        }
        finally
        {
            rows.Reset();
        }
    }

    private static (ChainMark Head, ChainMark Anchor)? ReadMarks(NativeConnection connection) =>
        RowReader.ToList(connection, Marks, [], row =>
            (ChainMark.Of(row.GetInt64(0), row.GetUtf8(1)), ChainMark.Of(row.GetInt64(2), row.GetUtf8(3)))) is [var marks] ? marks : null;
}
