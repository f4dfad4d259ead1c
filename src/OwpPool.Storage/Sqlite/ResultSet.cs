namespace OwpPool.Storage.Sqlite;

/// <summary>The rows of one statement, taken out of SQLite so that its connection is free again.</summary>
internal sealed class ResultSet(string[] columns)
{
    private object[] _cells = [];
    private int _count;

    public string[] Columns => columns;

    public int Rows => _count / columns.Length;

    public object this[int row, int column] => _cells[(row * columns.Length) + column];

    /// <summary>Adds the statement's current row.</summary>
    public void Add(PreparedStatement statement)
    {
        if (_count + columns.Length > _cells.Length)
            Array.Resize(ref _cells, _count == 0 ? columns.Length : _count * 2);
        for (var i = 0; i < columns.Length; i++)
            _cells[_count++] = statement.GetValue(i);
    }
}
