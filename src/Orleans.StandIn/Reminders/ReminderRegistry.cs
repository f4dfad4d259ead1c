using Microsoft.Extensions.Options;
using Orleans.Hosting;

namespace Orleans.Runtime.ReminderService;

/// <summary>Checks what grains ask of reminders and passes it on.</summary>
internal sealed class ReminderRegistry(LocalReminderService service, IReminderTable table, IOptions<ReminderOptions> options)
{
    internal Task<IGrainReminder> RegisterOrUpdateAsync(GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period)
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
        return service.RegisterOrUpdateAsync(grainId, reminderName, dueTime, period);
    }

    internal Task UnregisterAsync(IGrainReminder reminder)
    {
        CheckTurn();
        return service.UnregisterAsync((ReminderData)reminder);
    }

    internal async Task<IGrainReminder?> GetAsync(GrainId grainId, string reminderName)
    {
        CheckTurn();
        return await table.ReadRow(grainId, reminderName) is { } entry ? ReminderData.From(entry) : null;
    }

    internal async Task<List<IGrainReminder>> GetAllAsync(GrainId grainId)
    {
        CheckTurn();
        return [.. (await table.ReadRows(grainId)).Reminders.Select(ReminderData.From)];
    }

    private static void CheckTurn()
    {
        if (RuntimeContext.Current is null)
            throw new InvalidOperationException("Reminders can only be used from within a turn of a grain.");
    }
}
