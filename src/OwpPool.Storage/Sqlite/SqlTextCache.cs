using System.Collections.Concurrent;

namespace OwpPool.Storage.Sqlite;

/// <summary>The texts seen so far, and whether each only reads.</summary>
internal sealed class SqlTextCache
{
    /// <summary>The pool itself uses some thirty texts; past this the cache starts anew.</summary>
    private const int MaxTexts = 512;

    private readonly ConcurrentDictionary<string, (SqlText Text, bool IsReadOnly)> _texts = new(StringComparer.Ordinal);

    public bool TryGet(string text, out SqlText known, out bool isReadOnly)
    {
        var found = _texts.TryGetValue(text, out var entry);
        (known, isReadOnly) = entry;
        return found;
    }

    /// <summary>Asks SQLite whether the text changes anything: it does if one statement may.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">A statement before the first that writes does not compile.</exception>
    /// <exception cref="NotSupportedException">The text controls transactions.</exception>
    public (SqlText Text, bool IsReadOnly) Classify(NativeConnection connection, string text)
    {
        var sql = new SqlText(text);
        var isReadOnly = true;
        using (var prepared = new PreparedText(connection, sql))
        {
            for (var i = 0; isReadOnly && prepared.Get(i) is { } statement; i++)
                isReadOnly = statement.IsReadOnly;
        }

        if (_texts.Count >= MaxTexts)
            _texts.Clear();
        return _texts.GetOrAdd(text, (sql, isReadOnly));
    }
}
