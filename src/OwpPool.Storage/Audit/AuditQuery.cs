using System.Text;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>The SQL of a filter: by the index of the column that finds least, within a range of seq, and never by a look at all rows.
/// </summary>
internal sealed class AuditQuery
{
    private const int ProbedEntries = 1000;

    /// <summary>The columns that have an index each.</summary>
    private static readonly (string Column, Func<AuditFilter, string?> Wanted)[] Columns =
    [
        ("target", filter => filter.Target), ("actor", filter => filter.Actor), ("repo", filter => filter.Repo),
        ("type", filter => filter.EventType),
    ];

    // A span holds wanted events only if its instants reach into the range. What comes after the last whole span is described in the chain.
    private static readonly SqlText SeqBefore = new(
        """
        SELECT COALESCE(
          (SELECT max(last_seq) FROM pool_event_spans WHERE last_seq < COALESCE(
            (SELECT min(last_seq) FROM pool_event_spans WHERE high_at >= ?1), 9223372036854775807)), 0)
        """);

    private static readonly SqlText SeqLast = new(
        """
        SELECT CASE
          WHEN (SELECT low_at < ?1 FROM pool_event_chain) IS NOT 0 THEN 9223372036854775807
          ELSE COALESCE((SELECT max(last_seq) FROM pool_event_spans WHERE low_at < ?1), 0) END
        """);

    private static readonly Dictionary<string, SqlText> Probes = Columns.ToDictionary(
        column => column.Column,
        column => new SqlText(
            $"SELECT count(*) FROM (SELECT 1 FROM pool_events INDEXED BY pool_events_by_{column.Column} WHERE {column.Column} = ?1 LIMIT {ProbedEntries})"));

    /// <summary>One instance a text, because connections keep prepared statements by it. There are fewer than 500.</summary>
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, SqlText> Texts = new();

    private readonly string _where;
    private readonly List<object?> _parameters;

    private AuditQuery(string where, List<object?> parameters, long after, long upTo)
        => (_where, _parameters, After, UpTo) = (where, parameters, after, upTo);

    /// <summary>All that is wanted has a greater number.</summary>
    public long After { get; }

    /// <summary>Nothing that is wanted has a greater number.</summary>
    public long UpTo { get; }

    /// <summary>Looks up where in the log the filter's range of time lies, and which of its columns is best searched by.</summary>
    public static AuditQuery Of(NativeConnection connection, AuditFilter filter)
    {
        var after = filter.Since is { } since ? NumberBefore(connection, since) : 0;
        var upTo = filter.Until is { } until ? Number(connection, SeqLast, Instants.Text(until)) : long.MaxValue;
        return Of(filter, Narrowest(connection, filter), after, upTo);
    }

    /// <summary>As it would be for the index of that column; null = by number alone.</summary>
    internal static AuditQuery Of(AuditFilter filter, string? column, long after = 0, long upTo = long.MaxValue)
    {
        var where = new StringBuilder();
        if (column is not null) where.Append(System.Globalization.CultureInfo.InvariantCulture, $" INDEXED BY pool_events_by_{column}");
        where.Append(" WHERE seq > ?1 AND seq <= ?2");
        var parameters = new List<object?>();
        foreach (var (name, wanted) in Columns) Add($"{name} =", wanted(filter));
        Add("at >=", filter.Since is { } since ? Instants.Text(since) : null);
        Add("at <", filter.Until is { } until ? Instants.Text(until) : null);
        return new AuditQuery(where.ToString(), parameters, after, upTo);

        void Add(string condition, string? value)
        {
            if (value is null) return;
            parameters.Add(value);
            where.Append(System.Globalization.CultureInfo.InvariantCulture, $" AND {condition} ?{parameters.Count + 2}");
        }
    }

    /// <summary>The rows' text; parameters after the filter's are limit and offset.</summary>
    public SqlText Rows(bool ascending) => Text(
        $"SELECT seq, at, type, actor, target, repo, details FROM pool_events{_where} ORDER BY seq{(ascending ? "" : " DESC")}"
        + $" LIMIT ?{_parameters.Count + 3} OFFSET ?{_parameters.Count + 4}");

    /// <summary>The text of a count that goes no further than its last parameter.</summary>
    public SqlText Count() =>
        Text($"SELECT count(*) FROM (SELECT 1 FROM pool_events{_where} LIMIT ?{_parameters.Count + 3})");

    /// <summary>The values of a text's parameters.</summary>
    public object?[] Values(long after, long upTo, params ReadOnlySpan<object?> more) => [after, upTo, .. _parameters, .. more];

    /// <summary>The number before the first event that may be of that instant or later.</summary>
    public static long NumberBefore(NativeConnection connection, DateTimeOffset since) => Number(connection, SeqBefore, Instants.Text(since));

    private static string? Narrowest(NativeConnection connection, AuditFilter filter)
    {
        var candidates = Columns.Where(column => column.Wanted(filter) is not null).ToList();
        return candidates.Count switch
        {
            0 => null,
            1 => candidates[0].Column,
            _ => candidates.MinBy(column => Number(connection, Probes[column.Column], column.Wanted(filter)!)).Column,
        };
    }

    private static long Number(NativeConnection connection, SqlText sql, string parameter)
        => RowReader.ToList(connection, sql, [parameter], row => row.GetInt64(0))[0];

    private static SqlText Text(string sql) => Texts.GetOrAdd(sql, text => new SqlText(text));
}
