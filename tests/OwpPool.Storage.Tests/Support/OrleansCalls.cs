using System.Data;
using System.Data.Common;
using System.Globalization;

namespace OwpPool.Storage.Tests.Support;

/// <summary>The query texts of OrleansQuery, called with the parameters that Orleans' ADO.NET providers pass, hashes included.</summary>
internal sealed class OrleansCalls(TempDatabase database, string serviceId = "owp-pool")
{
    private Dictionary<string, string>? _queries;

    /// <summary>WriteToStorageKey.</summary>
    /// <returns>The new version, or null for a conflict.</returns>
    public Task<int?> WriteAsync(string state, string? key, int? version, string? payload)
        => WriteAsync(state, key, version, payload is null ? null : System.Text.Encoding.UTF8.GetBytes(payload));

    public async Task<int?> WriteAsync(string state, string? key, int? version, byte[]? payload)
        => await VersionOf("WriteToStorageKey", [.. Grain(state, key), ("GrainStateVersion", version), ("PayloadBinary", payload)]);

    /// <summary>ReadFromStorageKey.</summary>
    public async Task<(byte[]? Payload, int Version)?> ReadAsync(string state, string? key)
    {
        var result = await CallAsync("ReadFromStorageKey", Grain(state, key));
        return result.Rows.Count == 0
            ? null
            : (Assert.Single(result.Rows)["PayloadBinary"] as byte[], Convert.ToInt32(result[0, "Version"], CultureInfo.InvariantCulture));
    }

    public Task<int?> ClearAsync(string state, string? key, int? version)
        => VersionOf("ClearStorageKey", [.. Grain(state, key), ("GrainStateVersion", version)]);

    public Task<int?> DeleteAsync(string state, string? key, int? version)
        => VersionOf("DeleteStorageKey", [.. Grain(state, key), ("GrainStateVersion", version)]);

    public async Task<int> UpsertReminderAsync(string grainId, string name, int hash, DateTime start, long periodMilliseconds)
    {
        var period = periodMilliseconds <= int.MaxValue ? (object)(int)periodMilliseconds : periodMilliseconds;
        var result = await CallAsync(
            "UpsertReminderRowKey",
            [("ServiceId", serviceId), ("GrainHash", hash), ("GrainId", grainId), ("ReminderName", name), ("StartTime", start), ("Period", period)]);
        return Convert.ToInt32(result[0, "Version"], CultureInfo.InvariantCulture);
    }

    /// <summary>The names of the reminders in the ring's range, by the query that Orleans would choose.</summary>
    public async Task<string[]> ReadRangeAsync(int begin, int end)
    {
        var result = await CallAsync(
            begin < end ? "ReadRangeRows1Key" : "ReadRangeRows2Key", [("ServiceId", serviceId), ("BeginHash", begin), ("EndHash", end)]);
        return [.. result.Rows.Select(row => (string)row["ReminderName"]).Order()];
    }

    public async Task<Result> ReadRemindersAsync(string grainId)
        => await CallAsync("ReadReminderRowsKey", [("ServiceId", serviceId), ("GrainId", grainId)]);

    public async Task<Result> ReadReminderAsync(string grainId, string name)
        => await CallAsync("ReadReminderRowKey", [("ServiceId", serviceId), ("GrainId", grainId), ("ReminderName", name)]);

    public async Task<Result> DeleteReminderAsync(string grainId, string name, int version)
        => await CallAsync(
            "DeleteReminderRowKey",
            [("ServiceId", serviceId), ("GrainId", grainId), ("ReminderName", name), ("Version", version.ToString(CultureInfo.InvariantCulture))]);

    public Task DeleteRemindersAsync() => CallAsync("DeleteReminderRowsKey", [("ServiceId", serviceId)]);

    /// <summary>Sends a text the way Orleans' RelationalStorage does: name without prefix, type set, rows of all results together.</summary>
    public async Task<Result> CallAsync(string queryKey, IEnumerable<(string Name, object? Value)> parameters)
    {
        using var connection = await database.Storage.DataSource.OpenConnectionAsync();
        using var command = connection.CreateCommand();
        foreach (var (name, value) in parameters)
            Add(command, name, value);
        command.CommandText = await QueryAsync(queryKey);
        using var reader = await command.ExecuteReaderAsync(CommandBehavior.Default, CancellationToken.None);
        return Result.Read(reader);
    }

    public async Task<string> QueryAsync(string queryKey)
    {
        _queries ??= (await database.ExecuteAsync("SELECT QueryKey, QueryText FROM OrleansQuery")).Rows
            .ToDictionary(row => (string)row["QueryKey"], row => (string)row["QueryText"]);
        return _queries[queryKey];
    }

    private static void Add(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        parameter.DbType = value switch
        {
            int => DbType.Int32,
            long => DbType.Int64,
            byte[] => DbType.Binary,
            DateTime => DbType.DateTime,
            _ => DbType.String,
        };
        parameter.Direction = ParameterDirection.Input;
        command.Parameters.Add(parameter);
    }

    private (string Name, object? Value)[] Grain(string state, string? key)
        =>
        [
            ("GrainIdHash", 17), ("GrainIdN0", 0L), ("GrainIdN1", key is null ? 42L : 0L), ("GrainTypeHash", -23),
            ("GrainTypeString", state), ("GrainIdExtensionString", key), ("ServiceId", serviceId),
        ];

    private async Task<int?> VersionOf(string queryKey, (string Name, object? Value)[] parameters)
    {
        var result = await CallAsync(queryKey, parameters);
        return result.Rows.Count == 0 ? null : Convert.ToInt32(Assert.Single(result.Rows).Values.First(), CultureInfo.InvariantCulture);
    }
}
