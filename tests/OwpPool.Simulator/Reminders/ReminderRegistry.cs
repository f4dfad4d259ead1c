using Microsoft.Extensions.Options;
using Orleans.Timers;

namespace OwpPool.Simulator;

/// <summary>Checks what grains ask of reminders and passes it on.</summary>
internal sealed class ReminderRegistry(LocalReminderService service, IReminderTable table, IOptions<ReminderOptions> options) : IReminderRegistry
{
    public Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "A reminder's due time must be zero or more, and finite.");
        if (period < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(period), period, "A reminder's period must be positive and finite.");
        if (period < options.Value.MinimumReminderPeriod || period == TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"Reminder {reminderName} asks for a period of {period}, which is less than the minimum of {options.Value.MinimumReminderPeriod}.",
                nameof(period));
        }
        CheckTurn();
        return service.RegisterOrUpdateAsync(callingGrainId, reminderName, dueTime, period);
    }

    public Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        CheckTurn();
        return service.UnregisterAsync((SimulatedReminder)reminder);
    }

    public async Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName)
    {
        CheckTurn();
        return await table.ReadRow(callingGrainId, reminderName) is { } entry ? SimulatedReminder.From(entry) : null;
    }

    public async Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId)
    {
        CheckTurn();
        return [.. (await table.ReadRows(callingGrainId)).Reminders.Select(SimulatedReminder.From)];
    }

    private static void CheckTurn()
    {
        if (Turn.Current is null) throw new InvalidOperationException("Reminders can only be used from within a turn of a grain.");
    }
}
