using Orleans.Reminders.Diagnostics;

namespace OwpPool.Simulator.Tests;

/// <summary>Knows from Orleans' diagnostic events what the reminder services of this process are doing.</summary>
internal sealed class ReminderWatch : IObserver<ReminderEvents.ReminderEvent>
{
    /// <summary>A tick is a call: by then it has ended or timed out, whether or not its grain is stuck.</summary>
    private static readonly TimeSpan LongestTick = TimeSpan.FromSeconds(31);

    private static readonly ReminderWatch Instance = new();
    private static readonly IDisposable Subscription = ReminderEvents.AllEvents.Subscribe(Instance);

    private readonly Dictionary<SiloAddress, Service> _services = [];

    /// <summary>Makes sure that nothing is missed from now on.</summary>
    internal static void Begin() => Assert.NotNull(Subscription);

    /// <summary>Whether each reminder of the silo waits for its next tick, and the service for its next look at the table. A reminder whose
    /// tick is under way may be left out while somebody stands at a gate.</summary>
    internal static bool IsQuiet(SiloAddress silo, ManualTimeProvider clock, int waitingAtGates)
    {
        lock (Instance._services)
        {
            var service = Instance.Get(silo);
            var now = clock.GetUtcNow().UtcDateTime;
            var excused = waitingAtGates == 0 ? 0 : service.Ticks.Values.Count(fired => now - fired < LongestTick);
            return clock.ArmedTimers + excused >= service.Running.Count + 1;
        }
    }

    public void OnNext(ReminderEvents.ReminderEvent value)
    {
        if (value.SiloAddress is not { } silo) return;
        lock (_services)
        {
            var service = Get(silo);
            switch (value)
            {
                case ReminderEvents.LocalReminderStarted started:
                    service.Running.Add(started.Identity);
                    break;
                case ReminderEvents.LocalReminderStopped stopped:
                    service.Running.Remove(stopped.Identity);
                    break;
                case ReminderEvents.TickFiring firing:
                    service.Ticks[(firing.GrainId, firing.ReminderName)] = firing.Status.CurrentTickTime;
                    break;
                case ReminderEvents.TickCompleted or ReminderEvents.TickFailed:
                    service.Ticks.Remove((value.GrainId, value.ReminderName));
                    break;
            }
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private Service Get(SiloAddress silo)
    {
        if (!_services.TryGetValue(silo, out var service)) _services[silo] = service = new Service();
        return service;
    }

    private sealed class Service
    {
        internal HashSet<object> Running { get; } = new(ReferenceEqualityComparer.Instance);

        internal Dictionary<(GrainId, string), DateTime> Ticks { get; } = [];
    }
}
