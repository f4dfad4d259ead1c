using Microsoft.Extensions.DependencyInjection;

namespace OwpPool.Grains.Tests;

/// <summary>The pool's table of reminders, whose reads of one row a test can hold up.</summary>
public sealed class HeldReminderTable
{
    private readonly Holdup _holdup = new();
    private volatile bool _holds;

    /// <summary>Ends when a read waits.</summary>
    public Task Held => _holdup.Held;

    /// <summary>From now on a read waits before it reads.</summary>
    public void Hold() => _holds = true;

    /// <summary>What waits reads what is there now.</summary>
    public void LetGo() => _holdup.LetGo();

    /// <summary>Puts itself before the registered table.</summary>
    public void Wrap(IServiceCollection services)
    {
        var table = services.Last(service => service.ServiceType == typeof(IReminderTable));
        services.AddSingleton<IReminderTable>(provider =>
            new Table(this, (IReminderTable)ActivatorUtilities.CreateInstance(provider, table.ImplementationType!)));
    }

    private Task PassAsync() => _holds ? _holdup.PassAsync() : Task.CompletedTask;

    private sealed class Table(HeldReminderTable gate, IReminderTable table) : IReminderTable
    {
        public Task StartAsync(CancellationToken cancellationToken) => table.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => table.StopAsync(cancellationToken);

        public Task<ReminderTableData> ReadRows(GrainId grainId) => table.ReadRows(grainId);

        public Task<ReminderTableData> ReadRows(uint begin, uint end) => table.ReadRows(begin, end);

        public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName)
        {
            await gate.PassAsync();
            return await table.ReadRow(grainId, reminderName);
        }

        public Task<string?> UpsertRow(ReminderEntry entry) => table.UpsertRow(entry);

        public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => table.RemoveRow(grainId, reminderName, eTag);

        public Task TestOnlyClearTable() => table.TestOnlyClearTable();
    }
}
