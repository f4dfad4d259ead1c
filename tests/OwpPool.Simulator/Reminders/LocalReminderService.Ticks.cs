namespace OwpPool.Simulator;

internal sealed partial class LocalReminderService
{
    /// <summary>Sets the reminder to its next tick, or lets it sleep until a refresh finds that near.</summary>
    private void Arm(LocalReminder reminder)
    {
        if (reminder.IsTicking || _stopping.IsCancellationRequested) return;
        var now = Now;
        var due = NextTick(reminder, now);
        if (due > ReminderSchedule.AddClamped(now, _options.ReminderLoadingWindow))
        {
            reminder.Disarm();
            return;
        }
        var wait = due - now;
        reminder.Arm(due, wait < ShortestWait ? ShortestWait : wait > LongestTimer ? LongestTimer : wait);
    }

    private static DateTime NextTick(LocalReminder reminder, DateTime now) => reminder.Previous is { } previous
        ? ReminderSchedule.FollowingTick(reminder.Entry, previous, now)
        : ReminderSchedule.NextTick(reminder.Entry, now);

    private void OnDue(LocalReminder reminder) => _ = _turns.RunAsync(() => TickAsync(reminder));

    private async Task TickAsync(LocalReminder reminder)
    {
        if (reminder.IsGone || reminder.IsTicking || _stopping.IsCancellationRequested) return;
        if (Now < reminder.Due)
        {
            Arm(reminder);
            return;
        }
        var entry = reminder.Entry;
        reminder.Disarm();
        reminder.IsTicking = true;
        _ticksUnderWay++;
        try
        {
            var grain = (IRemindable)_silo.GrainFactory.CreateReference(entry.GrainId, typeof(IRemindable));
            await grain.ReceiveReminder(entry.ReminderName, new TickStatus(entry.StartAt, entry.Period, Now));
        }
        catch (Exception exception)
        {
            _silo.Log.ReminderFailed(entry.GrainId, entry.ReminderName, ReminderSchedule.FollowingTick(entry, reminder.Due, Now), exception);
        }
        reminder.IsTicking = false;
        if (--_ticksUnderWay == 0) _quiet?.TrySetResult();
        if (reminder.IsGone) return;
        if (ReferenceEquals(reminder.Entry, entry)) reminder.Previous = reminder.Due;
        Arm(reminder);
    }
}
