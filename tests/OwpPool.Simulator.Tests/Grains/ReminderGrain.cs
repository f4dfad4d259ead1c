namespace OwpPool.Simulator.Tests;

public interface IReminderGrain : IGrainWithStringKey
{
    Task Register(string name, TimeSpan dueTime, TimeSpan period);

    Task Unregister(string name);

    Task UnregisterStale(string name);

    Task UnregisterTwice(string name);

    Task<List<string>> Names();

    Task<bool> Has(string name);

    Task End();
}

/// <summary>Writes each tick under the reminder's name. Some names do more: see <see cref="ReceiveReminder"/>.</summary>
internal sealed class ReminderGrain(IGrainContext context, Journal journal) : Grain(context), IReminderGrain, IRemindable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private int _ticks;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Write("activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write("gone");
        return Task.CompletedTask;
    }

    public Task Register(string name, TimeSpan dueTime, TimeSpan period) => this.RegisterOrUpdateReminder(name, dueTime, period);

    public async Task Unregister(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task UnregisterStale(string name)
    {
        var stale = await this.RegisterOrUpdateReminder(name, Minute, Minute);
        await this.RegisterOrUpdateReminder(name, Minute, Minute);
        await this.UnregisterReminder(stale);
    }

    public async Task UnregisterTwice(string name)
    {
        var reminder = await this.RegisterOrUpdateReminder(name, Minute, Minute);
        await this.UnregisterReminder(reminder);
        await this.UnregisterReminder(reminder);
    }

    public async Task<List<string>> Names() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order()];

    public async Task<bool> Has(string name) => await this.GetReminder(name) is not null;

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        journal.Write(reminderName);
        _ticks++;
        switch (reminderName)
        {
            case "throw":
                throw new InvalidDataException("The tick fails.");
            case "slow":
                await journal.WaitAtAsync("slow");
                break;
            case "again" when _ticks == 1:
                await Register(reminderName, 3 * Minute, 10 * Minute);
                break;
            case "once":
                await Unregister(reminderName);
                break;
            case "tell":
                var (first, now) = (status.FirstTickTime - journal.Start.UtcDateTime, status.CurrentTickTime - journal.Start.UtcDateTime);
                journal.Write($"first at {first}, each {status.Period}, now {now}");
                break;
        }
    }
}

public interface IUnremindableGrain : IGrainWithStringKey
{
    Task Register();
}

internal sealed class UnremindableGrain(IGrainContext context) : Grain(context), IUnremindableGrain
{
    public Task Register() => this.RegisterOrUpdateReminder("x", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
