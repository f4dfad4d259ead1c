using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Storage;

namespace Orleans.Runtime.ReminderService;

/// <summary>Reminders through the query texts of the OrleansQuery table, as Orleans' own provider stores them.</summary>
internal sealed class AdoNetReminderTable(IOptions<AdoNetReminderTableOptions> options, IOptions<ClusterOptions> cluster) : IReminderTable
{
    private const string LoadQueries = "SELECT QueryKey, QueryText FROM OrleansQuery";

    private static readonly string[] Required =
    [
        "ReadReminderRowsKey", "ReadReminderRowKey", "ReadRangeRows1Key", "ReadRangeRows2Key", "UpsertReminderRowKey",
        "DeleteReminderRowKey", "DeleteReminderRowsKey",
    ];

    private readonly string _serviceId = cluster.Value.ServiceId;
    private RelationalStorage? _database;
    private Dictionary<string, string> _queries = [];

    private RelationalStorage Database => _database ?? throw new InvalidOperationException("The reminder table has not been started.");

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var settings = options.Value;
        var database = RelationalStorage.Create("Reminders", settings.Invariant, settings.ConnectionString, settings.DataSource);
        var rows = await database.ReadAsync(
            LoadQueries, static _ => { }, static row => (Key: row.GetString(0), Text: row.GetString(1)), cancellationToken);
        _queries = rows.ToDictionary(row => row.Key, row => row.Text);
        var missing = Required.Where(key => !_queries.ContainsKey(key)).ToArray();
        if (missing.Length > 0)
            throw new OrleansConfigurationException($"Reminders: table OrleansQuery has no rows {string.Join(", ", missing)}.");
        _database = database;
    }

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        var rows = await ReadEntriesAsync("ReadReminderRowKey", command =>
        {
            command.AddText("GrainId", grainId.ToString());
            command.AddText("ReminderName", reminderName);
        }).ConfigureAwait(false);
        return rows.FirstOrDefault();
    }

    public async Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        var rows = await ReadEntriesAsync("ReadReminderRowsKey", command => command.AddText("GrainId", grainId.ToString())).ConfigureAwait(false);
        return new ReminderTableData(rows);
    }

    public async Task<ReminderTableData> ReadRows(uint begin, uint end)
    {
        var (from, to) = unchecked(((int)begin, (int)end));
        var rows = await ReadEntriesAsync(from < to ? "ReadRangeRows1Key" : "ReadRangeRows2Key", command =>
        {
            command.AddInt32("BeginHash", from);
            command.AddInt32("EndHash", to);
        }).ConfigureAwait(false);
        return new ReminderTableData(rows);
    }

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var versions = await Database.ReadAsync(
            _queries["UpsertReminderRowKey"],
            command =>
            {
                command.AddText("ServiceId", _serviceId);
                command.AddInt32("GrainHash", unchecked((int)entry.GrainId.GetUniformHashCode()));
                command.AddText("GrainId", entry.GrainId.ToString());
                command.AddText("ReminderName", entry.ReminderName);
                command.AddInstant("StartTime", entry.StartAt);
                AddPeriod(command, entry.Period);
            },
            ReadVersion,
            CancellationToken.None).ConfigureAwait(false);
        return versions[0];
    }

    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        var results = await Database.ReadAsync(
            _queries["DeleteReminderRowKey"],
            command =>
            {
                command.AddText("ServiceId", _serviceId);
                command.AddText("GrainId", grainId.ToString());
                command.AddText("ReminderName", reminderName);
                command.AddInt32("Version", int.Parse(eTag, CultureInfo.InvariantCulture));
            },
            static row => Convert.ToBoolean(row.GetValue(0), CultureInfo.InvariantCulture),
            CancellationToken.None).ConfigureAwait(false);
        return results[0];
    }

    public Task TestOnlyClearTable() => Database.ReadAsync(
        _queries["DeleteReminderRowsKey"], command => command.AddText("ServiceId", _serviceId), static _ => true, CancellationToken.None);

    private Task<List<ReminderEntry>> ReadEntriesAsync(string queryKey, Action<DbCommand> bind) => Database.ReadAsync(
        _queries[queryKey],
        command =>
        {
            command.AddText("ServiceId", _serviceId);
            bind(command);
        },
        ReadEntry,
        CancellationToken.None);

    private static ReminderEntry ReadEntry(DbDataReader row) => new()
    {
        GrainId = GrainId.Parse(row.GetString(row.GetOrdinal("GrainId"))),
        ReminderName = row.GetString(row.GetOrdinal("ReminderName")),
        StartAt = DateTime.SpecifyKind(row.GetDateTime(row.GetOrdinal("StartTime")), DateTimeKind.Utc),
        Period = TimeSpan.FromMilliseconds(Convert.ToInt64(row.GetValue(row.GetOrdinal("Period")), CultureInfo.InvariantCulture)),
        ETag = ReadVersion(row),
    };

    private static string ReadVersion(DbDataReader row) =>
        Convert.ToInt32(row.GetValue(row.GetOrdinal("Version")), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    /// <summary>Milliseconds, as a 32-bit number while they fit: older schemas have no wider column.</summary>
    private static void AddPeriod(DbCommand command, TimeSpan period)
    {
        var milliseconds = (long)period.TotalMilliseconds;
        if (milliseconds <= int.MaxValue)
            command.AddInt32("Period", (int)milliseconds);
        else
            command.AddInt64("Period", milliseconds);
    }
}
