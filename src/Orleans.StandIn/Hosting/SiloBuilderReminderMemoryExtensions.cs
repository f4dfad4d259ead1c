using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime.ReminderService;

namespace Orleans.Hosting;

/// <summary>Reminders for tests and development.</summary>
public static class SiloBuilderReminderMemoryExtensions
{
    /// <summary>Reminders that end with the process.</summary>
    public static ISiloBuilder UseInMemoryReminderService(this ISiloBuilder builder)
    {
        builder.AddReminders();
        return builder.ConfigureServices(services => services.TryAddSingleton<IReminderTable, InMemoryReminderTable>());
    }
}
