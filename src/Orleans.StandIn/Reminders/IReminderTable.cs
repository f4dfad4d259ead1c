using Orleans.Runtime;

namespace Orleans;

/// <summary>Where reminders are stored.</summary>
public interface IReminderTable
{
    /// <summary>Runs at silo start; what it throws fails the start.</summary>
    Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    Task<ReminderTableData> ReadRows(GrainId grainId);

    /// <summary>Reminders of grains whose hash lies in (<paramref name="begin"/>, <paramref name="end"/>]; equal bounds mean all.</summary>
    Task<ReminderTableData> ReadRows(uint begin, uint end);

    /// <returns>The new version.</returns>
    Task<string?> UpsertRow(ReminderEntry entry);

    /// <returns>False when the row is not there in that version.</returns>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);

    Task TestOnlyClearTable();
}
