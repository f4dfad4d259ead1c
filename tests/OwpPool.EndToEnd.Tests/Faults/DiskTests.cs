using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>The disk under a working server fills up, turns read-only, fails, or loses its power: callers are told 503 with a time to try
/// again, and nothing that was acknowledged is missing afterwards.</summary>
public sealed class DiskTests(ITestOutputHelper output)
{
    private const int StorageExitCode = 74;

    [MemoryDiskFact]
    public async Task Disk_FullWhileServing_IsOutageUntilThereIsRoomAgain()
    {
        await using var disk = new ScratchDisk(48);
        await using var run = new FaultRun(disk.Path);
        await run.Load.AnswersAsync(150);

        disk.Fill();
        await run.Load.OutagesAsync(50);
        await run.AssertFailingAsync();

        disk.Free();
        // The same process serves on.
        await run.Server.BecomeReadyAsync();
        output.WriteLine(await run.FinishAsync());
    }

    [DeviceFact]
    public async Task Disk_ReadOnlyWhileServing_IsOutageUntilItIsMended()
    {
        await using var disk = new ScratchDisk(48, isDevice: true);
        await using var run = new FaultRun(disk.Path);
        await run.Load.AnswersAsync(150);

        // ext4 (seen with Linux 6.18) answers a flush of a growing file that is under way at the very instant with success, and keeps
        // nothing; no call tells it afterwards. So none is under way.
        await run.FreezeAsync();
        disk.TurnReadOnly();
        await run.SignalAsync("CONT");
        await run.Load.OutagesAsync(50);
        await run.AssertFailingAsync();
        Assert.Equal(0, await run.Server.TerminateAsync());

        disk.Repair();
        await run.StartAgainAsync();
        output.WriteLine(await run.FinishAsync());
    }

    [DeviceFact]
    public async Task Disk_FailsAtTheFlush_IsOutageUntilItIsMended()
    {
        await using var disk = new ScratchDisk(48, isDevice: true);
        await using var run = new FaultRun(disk.Path);
        await run.Load.AnswersAsync(150);

        // What the device has never stored it cannot store now; it says so when data is flushed to it.
        disk.Fill();
        await run.Load.OutagesAsync(50);
        await run.Server.KillAsync();

        disk.Free();
        disk.Repair();
        await run.StartAgainAsync();
        output.WriteLine(await run.FinishAsync());
    }

    [DeviceFact]
    public async Task Disk_LosesItsPowerUnderLoad_KeepsEveryAcknowledgedAnswer()
    {
        const int cuts = 5;
        await using var disk = new ScratchDisk(48, isDevice: true);
        await using var run = new FaultRun(disk.Path);
        var dice = new Random(run.Seed);
        for (var cut = 1; cut <= cuts; cut++)
        {
            if (cut > 1) await run.StartAgainAsync();
            await run.Load.AnswersAsync(dice.Next(20, 300));
            // Nothing is acknowledged between the instant of the cut and the end of the process.
            await run.FreezeAsync();
            disk.CutPower();
            await run.Server.KillAsync();
            disk.PlugInAgain();
        }
        output.WriteLine($"{cuts} power cuts: {await run.CheckAsync()}");
    }

    [MemoryDiskFact]
    public async Task Disk_FullAtStart_IsOneLineAndAnExitCode()
    {
        await using var disk = new ScratchDisk(4);
        disk.Fill();

        Assert.Equal($"The disk with the database {disk.Path}/pool.db is full.", await FailToStartAsync(disk));
    }

    [DeviceFact]
    public async Task Disk_ReadOnlyAtStart_IsOneLineAndAnExitCode()
    {
        await using var disk = new ScratchDisk(4, isDevice: true);
        disk.TurnReadOnly();

        var said = await FailToStartAsync(disk);
        Assert.StartsWith($"Cannot write beside the database {disk.Path}/pool.db", said, StringComparison.Ordinal);
        Assert.Contains("Read-only", said, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<string> FailToStartAsync(ScratchDisk disk)
    {
        await using var server = ServerProcess.Start(GetType().Assembly, Path.Combine(disk.Path, "pool.db"), TestPorts.Take());
        Assert.Equal(StorageExitCode, await server.EndAsync());
        var said = server.Errors.Trim();
        output.WriteLine(said);
        Assert.DoesNotContain('\n', said);
        return said;
    }
}
