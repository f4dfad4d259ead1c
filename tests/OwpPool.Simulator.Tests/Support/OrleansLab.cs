using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Reminders;
using Orleans.Storage;
using Orleans.TestingHost;

namespace OwpPool.Simulator.Tests;

/// <summary>A lab on one silo of Orleans, whose grains, reminders, timeouts and idle collection run on clocks that the test moves. All else,
/// and the work itself, runs on the machine's own.</summary>
internal sealed class OrleansLab : Lab, IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _clock = new();

    // All three clocks show the same time. That of reminders is one of its own because its armed timers tell how many of them wait for their
    // next tick; that of call timeouts and idle collection because it has a timer each second that only matters while a call is stuck.
    private readonly ManualTimeProvider _reminderClock = new();
    private readonly ManualTimeProvider _upkeepClock = new();

    private readonly InMemoryReminderTable _reminderTable = new();
    private readonly HashSet<GrainId> _known = [];
    private readonly InProcessTestCluster _cluster;

    private OrleansLab(Action<GrainCollectionOptions>? collection)
    {
        Journal = new Journal(_clock);
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.InitializeClientOnDeploy = false;
        builder.Options.GatewayPerSilo = false;
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddReminders();
            silo.Services.AddLogging(logging => logging.ClearProviders());
            silo.Services.AddSingleton(Journal);
            silo.Services.AddSingleton<IReminderTable>(_reminderTable);
            silo.Services.AddKeyedSingleton<IGrainStorage>("pool", Disk);
            silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, _clock);
            silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Messaging, _upkeepClock);
            silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.ActivationManagement, _upkeepClock);
            silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, new ReminderClock(_reminderClock));
            AddServices(silo.Services, collection);
        });
        _cluster = builder.Build();
    }

    internal override Journal Journal { get; }

    internal override IGrainFactory Grains => Silo.ServiceProvider.GetRequiredService<IGrainFactory>();

    internal override IReminderTable ReminderTable => _reminderTable;

    private InProcessSiloHandle Silo => _cluster.Silos[0];

    internal static async Task<OrleansLab> StartAsync(Action<GrainCollectionOptions>? collection)
    {
        ReminderWatch.Begin();
        var lab = new OrleansLab(collection);
        await lab._cluster.DeployAsync();
        return lab;
    }

    internal override T Get<T>(string key)
    {
        var grain = base.Get<T>(key);
        _known.Add(grain.GetGrainId());
        return grain;
    }

    internal override async Task PassAsync(TimeSpan span)
    {
        await SettleAsync();
        while (NextDue is { } due && due <= span)
        {
            Advance(due);
            span -= due;
            await SettleAsync();
        }
        Advance(span);
    }

    internal override Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(condition, what);

    internal override Task PassUntilAsync(Func<bool> condition, string what) =>
        Eventually.TrueInTimeAsync(() => PassAsync(Step), () => Task.FromResult(condition()), what);

    internal override async Task AgeAsync(TimeSpan span)
    {
        var begin = Environment.TickCount64;
        await Eventually.TrueAsync(() => Environment.TickCount64 - begin > span.TotalMilliseconds + 1, $"{span} passes");
    }

    internal override async Task RestartAsync(TimeSpan down = default)
    {
        await _cluster.KillSiloAsync(Silo);
        Advance(down);
        await _cluster.StartAdditionalSiloAsync();
    }

    internal override void StepWallClock(TimeSpan by)
    {
        _clock.StepWallClock(by);
        _reminderClock.StepWallClock(by);
        _upkeepClock.StepWallClock(by);
    }

    public async ValueTask DisposeAsync()
    {
        Journal.OpenAll();
        await _cluster.KillSiloAsync(Silo);
        await _cluster.DisposeAsync();
    }

    private TimeSpan? NextDue =>
        new[] { _clock.NextDue, _reminderClock.NextDue, Journal.Waiting > 0 ? _upkeepClock.NextDue : null }.Min();

    private void Advance(TimeSpan by)
    {
        _clock.Advance(by);
        _reminderClock.Advance(by);
        _upkeepClock.Advance(by);
    }

    /// <summary>Waits until what the last timers have set off is done and has armed its next timers.</summary>
    private async Task SettleAsync()
    {
        foreach (var grainId in _known)
            if (_cluster.TryGetGrainContext(grainId, out var context)) await SettleAsync(context);
        await Eventually.TrueAsync(() => ReminderWatch.IsQuiet(Silo.SiloAddress, _reminderClock, Journal.Waiting), "reminders are armed again");
    }

    /// <summary>A tick is in the mailbox as soon as its timer has fired. Work queued on the activation runs after the turn that is running, then
    /// after the turn in which the mailbox begins the tick; twice more for ticks that go on in another turn.</summary>
    private static async Task SettleAsync(IGrainContext context)
    {
        for (var turn = 0; turn < 4; turn++)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.Scheduler.QueueAction(reached.SetResult);
            await reached.Task;
        }
    }
}
