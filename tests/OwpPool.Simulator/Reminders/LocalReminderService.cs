using Microsoft.Extensions.Options;

namespace OwpPool.Simulator;

/// <summary>Keeps the reminders that are due soon and sends their ticks. Works in turns of its own queue.</summary>
internal sealed partial class LocalReminderService
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWaitForStart = TimeSpan.FromSeconds(20);

    /// <summary>The longest span a clock's timer takes; a reminder due later waits in steps.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly Dictionary<(GrainId GrainId, string Name), LocalReminder> _reminders = [];
    private readonly Dictionary<(GrainId GrainId, string Name), long> _unregistered = [];
    private readonly TaskCompletionSource _started = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly IReminderTable _table;
    private readonly SiloProcess _silo;
    private readonly ReminderOptions _options;
    private readonly TimeProvider _clock;
    private readonly TurnQueue _turns;
    private Task _refreshing = Task.CompletedTask;
    private TaskCompletionSource? _quiet;
    private int _ticksUnderWay;
    private long _sequence;
    private bool _isStarted;

    public LocalReminderService(IReminderTable table, SiloProcess silo, IOptions<ReminderOptions> options)
    {
        _table = table;
        _silo = silo;
        _options = options.Value;
        _clock = silo.Clock;
        _turns = new TurnQueue(silo.Scheduler);
    }

    private DateTime Now => _clock.GetUtcNow().UtcDateTime;

    /// <summary>Begins to read the table and to send ticks; the silo is running.</summary>
    internal void Start() => _refreshing = _turns.RunAsync(RunAsync);

    /// <summary>Sends no further tick; completes when those under way have ended.</summary>
    internal async Task StopAsync()
    {
        _stopping.Cancel();
        await _refreshing;
        await _turns.RunAsync(() =>
        {
            foreach (var reminder in _reminders.Values) reminder.Dispose();
            _reminders.Clear();
            if (_ticksUnderWay == 0) return Task.CompletedTask;
            _quiet = new TaskCompletionSource();
            return _quiet.Task;
        });
    }

    internal void Abandon()
    {
        _turns.Abandon();
        foreach (var reminder in _reminders.Values) reminder.Dispose();
    }

    internal Task<IGrainReminder> RegisterOrUpdateAsync(GrainId grainId, string reminderName, TimeSpan dueTime, TimeSpan period) =>
        _turns.RunAsync(async () =>
        {
            var entry = new ReminderEntry
            {
                GrainId = grainId,
                ReminderName = reminderName,
                StartAt = Now + dueTime,
                Period = period,
            };
            await WhenStartedAsync();
            entry.ETag = await _table.UpsertRow(entry)
                ?? throw new ReminderException($"Reminder {entry} could not be registered: somebody else changed it. Try again later.");
            Put(entry, _sequence + 1);
            return (IGrainReminder)SimulatedReminder.From(entry);
        });

    internal Task UnregisterAsync(SimulatedReminder reminder) =>
        _turns.RunAsync(async () =>
        {
            await WhenStartedAsync();
            var removed = await _table.RemoveRow(reminder.GrainId, reminder.ReminderName, reminder.ETag);
            if (!removed && await _table.ReadRow(reminder.GrainId, reminder.ReminderName) is not null)
                throw new ReminderException($"{reminder} could not be unregistered: it has changed since. Get it again and retry.");
            _unregistered[(reminder.GrainId, reminder.ReminderName)] = _sequence + 1;
            Drop((reminder.GrainId, reminder.ReminderName));
        });

    private async Task WhenStartedAsync()
    {
        if (_isStarted) return;
        try
        {
            await _started.Task.WaitAsync(LongestWaitForStart, _clock);
        }
        catch (TimeoutException exception)
        {
            throw new OrleansException("The reminder service is still initializing. Try again later.", exception);
        }
    }

    private void Put(ReminderEntry entry, long sequence)
    {
        var key = (entry.GrainId, entry.ReminderName);
        if (_reminders.TryGetValue(key, out var reminder))
        {
            reminder.Sequence = sequence;
            reminder.Replace(entry);
        }
        else
        {
            reminder = new LocalReminder(entry, sequence, _clock, OnDue);
            _reminders.Add(key, reminder);
        }
        Arm(reminder);
    }

    private void Drop((GrainId, string) key)
    {
        if (_reminders.Remove(key, out var reminder)) reminder.Dispose();
    }
}
