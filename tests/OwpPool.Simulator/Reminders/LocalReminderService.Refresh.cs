namespace OwpPool.Simulator;

internal sealed partial class LocalReminderService
{
    /// <summary>After this many failed first reads, whoever waits to register is told so.</summary>
    private const int PatientStarts = 2;

    private static readonly TimeSpan ShortestBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(80);

    private async Task RunAsync()
    {
        var failures = 0;
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                var wait = _options.RefreshReminderListPeriod;
                try
                {
                    await RefreshAsync();
                    failures = 0;
                    _isStarted = true;
                    _started.TrySetResult();
                }
                catch (Exception exception) when (!_stopping.IsCancellationRequested)
                {
                    wait = Backoff(++failures);
                    _silo.Log.ReminderRefreshFailed(wait, exception);
                    if (failures > PatientStarts)
                        _started.TrySetException(new OrleansException("Reminders could not be read at start; registering them fails.", exception));
                }
                await Task.Delay(wait, _clock, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
    }

    private static TimeSpan Backoff(int failures)
    {
        var backoff = ShortestBackoff * Math.Pow(2, Math.Min(failures, 10) - 1);
        return backoff < LongestBackoff ? backoff : LongestBackoff;
    }

    /// <summary>Brings what is held here in line with the table. What was changed here while the table was read is newer than the
    /// reading.</summary>
    private async Task RefreshAsync()
    {
        var sequence = _sequence += 2;
        var table = await _table.ReadRows(0, 0);
        if (_stopping.IsCancellationRequested) return;
        var vanished = _reminders.Keys.ToHashSet();
        foreach (var entry in table.Reminders)
        {
            vanished.Remove((entry.GrainId, entry.ReminderName));
            Reconcile(entry, sequence);
        }
        foreach (var key in vanished)
        {
            if (_reminders[key].Sequence < sequence) Drop(key);
        }
        foreach (var key in _unregistered.Where(pair => pair.Value < sequence).Select(pair => pair.Key).ToArray())
            _unregistered.Remove(key);
    }

    private void Reconcile(ReminderEntry entry, long sequence)
    {
        var key = (entry.GrainId, entry.ReminderName);
        if (_unregistered.TryGetValue(key, out var unregistered) && unregistered > sequence) return;
        if (!_reminders.TryGetValue(key, out var reminder))
        {
            if (ReminderSchedule.NextTick(entry, Now) <= ReminderSchedule.AddClamped(Now, _options.ReminderLoadingWindow))
                Put(entry, sequence);
            return;
        }
        if (reminder.Sequence > sequence) return;
        reminder.Sequence = sequence;
        if (reminder.Entry.ETag != entry.ETag) reminder.Replace(entry);
        else if (reminder.IsArmed) return;
        Arm(reminder);
    }
}
