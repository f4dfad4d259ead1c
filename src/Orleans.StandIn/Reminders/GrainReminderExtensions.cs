using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.ReminderService;

namespace Orleans;

/// <summary>Durable wake-ups for grains. Only the definition is durable: a tick that falls due while the process is down is dropped, and
/// the
/// next is at <c>start + n × period</c>.</summary>
public static class GrainReminderExtensions
{
    /// <param name="grain">Must implement <see cref="IRemindable"/>.</param>
    /// <param name="reminderName">Unique within the grain; a registered one of the same name is replaced.</param>
    /// <param name="dueTime">Time to the first tick, zero or more.</param>
    /// <param name="period">At least <c>ReminderOptions.MinimumReminderPeriod</c>, 1 minute by default.</param>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this Grain grain, string reminderName, TimeSpan dueTime, TimeSpan period) =>
        RegisterOrUpdateReminder((IGrainBase)grain, reminderName, dueTime, period);

    public static Task<IGrainReminder> RegisterOrUpdateReminder(
        this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
        if (grain is not IRemindable)
            throw new InvalidOperationException($"Grain {grain.GrainContext.GrainId} does not implement {nameof(IRemindable)} and so cannot have reminders.");
        return Registry(grain).RegisterOrUpdateAsync(grain.GrainContext.GrainId, reminderName, dueTime, period);
    }

    /// <exception cref="ReminderException">The reminder has changed since <paramref name="reminder"/> was obtained.</exception>
    public static Task UnregisterReminder(this Grain grain, IGrainReminder reminder) => UnregisterReminder((IGrainBase)grain, reminder);

    public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentNullException.ThrowIfNull(reminder);
        return Registry(grain).UnregisterAsync(reminder);
    }

    /// <returns>Null when there is none of that name.</returns>
    public static Task<IGrainReminder?> GetReminder(this Grain grain, string reminderName) => GetReminder((IGrainBase)grain, reminderName);

    public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
    {
        ArgumentNullException.ThrowIfNull(grain);
        ArgumentException.ThrowIfNullOrWhiteSpace(reminderName);
        return Registry(grain).GetAsync(grain.GrainContext.GrainId, reminderName);
    }

    public static Task<List<IGrainReminder>> GetReminders(this Grain grain) => GetReminders((IGrainBase)grain);

    public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return Registry(grain).GetAllAsync(grain.GrainContext.GrainId);
    }

    private static ReminderRegistry Registry(IGrainBase grain) =>
        grain.GrainContext.ActivationServices.GetService<ReminderRegistry>()
        ?? throw new OrleansConfigurationException("No reminder service is configured; see ISiloBuilder.UseAdoNetReminderService.");
}
