using System.Data;
using System.Data.Common;

namespace Orleans.Storage;

/// <summary>Binds parameters with the types that Orleans gives them.</summary>
internal static class DbParameters
{
    internal static void AddText(this DbCommand command, string name, string? value) => command.Add(name, DbType.String, value);

    internal static void AddInt32(this DbCommand command, string name, int? value) => command.Add(name, DbType.Int32, value);

    internal static void AddInt64(this DbCommand command, string name, long value) => command.Add(name, DbType.Int64, value);

    internal static void AddBytes(this DbCommand command, string name, byte[] value) => command.Add(name, DbType.Binary, value);

    /// <param name="command">The command to bind to.</param>
    /// <param name="name">Without the <c>@</c>.</param>
    /// <param name="value">Of kind UTC: PostgreSQL's driver insists.</param>
    internal static void AddInstant(this DbCommand command, string name, DateTime value) =>
        command.Add(name, DbType.DateTime, DateTime.SpecifyKind(value, DateTimeKind.Utc));

    private static void Add(this DbCommand command, string name, DbType type, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Direction = ParameterDirection.Input;
        parameter.DbType = type;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
