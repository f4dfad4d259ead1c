using System.Globalization;

namespace OwpPool.Simulator;

/// <summary>Reminders as rows that outlive the silo's crashes.</summary>
/// <remarks>Locked: the tests that compare the simulator with Orleans use it from the threads of a real silo.</remarks>
internal sealed class InMemoryReminderTable : IReminderTable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(GrainId GrainId, string Name), ReminderEntry> _rows = [];
    private int _version;

    [Obsolete("Orleans calls StartAsync.")]
    public Task Init() => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
    {
        lock (_lock) return Task.FromResult(_rows.TryGetValue((grainId, reminderName), out var row) ? Copy(row) : null);
    }

    public Task<ReminderTableData> ReadRows(GrainId grainId) => Read(row => row.GrainId == grainId);

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => Read(row => IsInRange(row.GrainId.GetUniformHashCode(), begin, end));

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        var row = Copy(entry);
        lock (_lock)
        {
            row.ETag = (++_version).ToString(CultureInfo.InvariantCulture);
            _rows[(row.GrainId, row.ReminderName)] = row;
        }
        return Task.FromResult<string?>(row.ETag);
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
    {
        lock (_lock)
        {
            return Task.FromResult(
                _rows.TryGetValue((grainId, reminderName), out var row) && row.ETag == eTag && _rows.Remove((grainId, reminderName)));
        }
    }

    public Task TestOnlyClearTable()
    {
        lock (_lock) _rows.Clear();
        return Task.CompletedTask;
    }

    private static bool IsInRange(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private static ReminderEntry Copy(ReminderEntry row) => new()
    {
        GrainId = row.GrainId, ReminderName = row.ReminderName, StartAt = row.StartAt, Period = row.Period, ETag = row.ETag,
    };

    private Task<ReminderTableData> Read(Func<ReminderEntry, bool> isWanted)
    {
        lock (_lock) return Task.FromResult(new ReminderTableData(_rows.Values.Where(isWanted).Select(Copy)));
    }
}
