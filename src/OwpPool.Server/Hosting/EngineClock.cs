using Orleans.Configuration;
using Orleans.Reminders;

namespace OwpPool.Server.Hosting;

/// <summary>Parts Orleans' clock from the pool's. The registered <see cref="TimeProvider"/> is the pool's: its services, its grains, their
/// timers and their reminders follow it, and a test may stop it or make it leap. Orleans' own work (call timeouts, membership, collection,
/// shutdown) always follows the system's clock.</summary>
internal static class EngineClock
{
    /// <summary>The longest timeout that Orleans accepts for a placement.</summary>
    private static readonly TimeSpan LongestPlacement = TimeSpan.FromDays(1);

    /// <summary>Parts the clocks, whether the pool's is registered before this call or after it.</summary>
    public static ISiloBuilder UseSystemClockForEngine(this ISiloBuilder silo)
    {
        var services = silo.Services;
        // Orleans asks for a clock by the name of an area. The two areas that grains see follow the pool; every other one is the engine's,
        // also one that a later version brings.
        services.AddKeyedSingleton(KeyedService.AnyKey, static (_, _) => TimeProvider.System);
        services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Membership, static (_, _) => new ClockFromZero());
        services.AddKeyedSingleton(TimeProviderNames.Grains, static (provider, _) => provider.GetRequiredService<TimeProvider>());
        services.AddKeyedSingleton(
            ReminderTimeProviderNames.Reminders, static (provider, _) => ForReminders(provider.GetRequiredService<TimeProvider>()));
        // Placement in Orleans 10.4 names no area, so it runs on the pool's clock. If that clock leaps, the placement must not time out: the
        // call has a timeout of its own. If it stands still, the placement must not wait for its next try: a shutdown would wait with it.
        services.AddOptions<SiloMessagingOptions>().Configure<TimeProvider>(static (options, pool) =>
        {
            if (pool == TimeProvider.System) return;
            options.PlacementTimeout = LongestPlacement;
            options.PlacementRetryBaseDelay = TimeSpan.Zero;
        });
        return silo;
    }

    private static TimeProvider ForReminders(TimeProvider pool) => pool == TimeProvider.System ? pool : new RunningFraction(pool);

    /// <summary>A clock whose fractions of a millisecond run on while it stands still. Orleans' reminders wait for whole milliseconds and
    /// read the clock again and again for the rest: a clock that stands still would never let them go on.</summary>
    private sealed class RunningFraction(TimeProvider clock) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow().AddTicks(System.GetUtcNow().Ticks % TimeSpan.TicksPerMillisecond);

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}
