using OwpPool.Core.Audit;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>A row of <c>pool_events</c> that was selected as seq, at, type, actor, target, repo, details.</summary>
internal static class EventRow
{
    /// <returns>Its bytes as SQLite holds them; valid until the next step.</returns>
    public static ChainedEvent Read(PreparedStatement row) => new()
    {
        Seq = row.GetInt64(0),
        At = row.GetUtf8(1),
        Type = row.GetUtf8(2),
        Actor = row.GetUtf8(3),
        Target = row.GetUtf8(4),
        HasRepo = !row.IsNull(5),
        Repo = row.GetUtf8(5),
        Details = row.GetUtf8(6),
    };
}
