using System.Data.Common;

namespace OwpPool.Storage.Tests.Support;

/// <summary>All rows of all result sets, which is how Orleans reads a query's answer.</summary>
internal sealed record Result(IReadOnlyList<IReadOnlyDictionary<string, object>> Rows, int RecordsAffected)
{
    public object? this[int row, string column] => Rows[row][column];

    public static Result Read(DbDataReader reader)
    {
        var rows = new List<IReadOnlyDictionary<string, object>>();
        do
        {
            while (reader.Read())
                rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetValue));
        }
        while (reader.NextResult());
        return new Result(rows, reader.RecordsAffected);
    }
}
