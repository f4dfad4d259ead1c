using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

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

internal sealed class ReminderGrain(Journal journal, TimeProvider clock) : Grain, IReminderGrain, IRemindable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Write("activated");
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

    public async Task<List<string>> Names() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];

    public async Task<bool> Has(string name) => await this.GetReminder(name) is not null;

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var late = Math.Round((clock.GetUtcNow().UtcDateTime - status.FirstTickTime).TotalMinutes, 1);
        journal.Write($"{reminderName} +{Math.Round((status.FirstTickTime - start).TotalMinutes, 1)} late {late}");
        if (reminderName == "throw")
            throw new InvalidDataException("The tick fails.");
        if (reminderName != "slow")
            return;
        await journal.Gate("slow");
        journal.Write("slow over");
    }
}

public interface IUnremindableGrain : IGrainWithStringKey
{
    Task Register();
}

internal sealed class UnremindableGrain : Grain, IUnremindableGrain
{
    public Task Register() => this.RegisterOrUpdateReminder("x", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
