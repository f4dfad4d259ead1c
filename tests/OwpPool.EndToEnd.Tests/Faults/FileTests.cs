using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using OwpPool.EndToEnd.Tests.Crash;
using OwpPool.Storage;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>Other programs and people meddle with the database's files while the server works.</summary>
public sealed class FileTests(ITestOutputHelper output) : IDisposable
{
    private const int StorageExitCode = 74;

    private readonly string _folder = Directory.CreateTempSubdirectory("owp-files-").FullName;

    private string Database => Path.Combine(_folder, "pool.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>One fault after the other on one pool: after each it serves again, and the history holds through all of them.</summary>
    [Fact]
    public async Task Files_MeddledWithWhileServing_IsOutageUntilMended()
    {
        await using var run = new FaultRun(_folder, ("OwpPool__Storage__BusyTimeoutMilliseconds", "200"));
        await run.Load.AnswersAsync(150);
        await BeLockedAsync(run);
        await FailInTheMiddleAsync(run);
        await BeTakenAwayAsync(run, "pool.db");
        await BeTakenAwayAsync(run, "pool.db-wal");
        output.WriteLine(await run.FinishAsync());
    }

    [Fact]
    public async Task Database_LockedAtStart_IsOneLineAndAnExitCode()
    {
        await SqliteStorage.Open(new SqliteStorageOptions { Path = Database }).DisposeAsync();
        await using var shell = await SqliteShell.LockAsync(Database);
        await using var server = ServerProcess.Start(
            GetType().Assembly, Database, TestPorts.Take(), [.. CrashPlan.Settings, ("OwpPool__Storage__BusyTimeoutMilliseconds", "50")]);

        Assert.Equal(StorageExitCode, await server.EndAsync());
        Assert.Equal($"The database {Database} is locked by another program.", server.Errors.Trim());
    }

    private static async Task BeLockedAsync(FaultRun run)
    {
        await using (var shell = await SqliteShell.LockAsync(run.Database))
        {
            await run.Load.OutagesAsync(50);
            await run.AssertFailingAsync();
        }

        await run.Server.BecomeReadyAsync();
        await run.Load.AnswersAsync(100);
    }

    /// <summary>A write that fails in its middle, as a bad sector would make it: beyond its first page nothing can be written to any file.
    /// </summary>
    private static async Task FailInTheMiddleAsync(FaultRun run)
    {
        await LimitFilesAsync(run.Server, "4096");
        await run.Load.OutagesAsync(50);
        await run.AssertFailingAsync();

        await LimitFilesAsync(run.Server, "unlimited");
        await run.Server.BecomeReadyAsync();
        await run.Load.AnswersAsync(100);
    }

    private async Task BeTakenAwayAsync(FaultRun run, string name)
    {
        // Stopped, so that no answer is under way while the file goes.
        await run.SignalAsync("STOP");
        File.Move(Path.Combine(_folder, name), Path.Combine(_folder, "away"));
        await run.SignalAsync("CONT");
        await run.Load.OutagesAsync(50);
        await run.AssertFailingAsync();

        using (var admin = run.Server.Admin())
        {
            using var answer = await admin.PostAsJsonAsync("/v1/admin/tasks", new { repo = "solo", title = "Into the void" });
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        Assert.Contains("was moved, deleted or overwritten while it was open; restart the server", run.Server.Errors, StringComparison.Ordinal);
        // No database has been put in its place. SQLite's readers make an empty log where there is none.
        Assert.True(new FileInfo(Path.Combine(_folder, name)) is { Exists: false } or { Length: 0 });
        await run.Server.KillAsync();

        File.Move(Path.Combine(_folder, "away"), Path.Combine(_folder, name), overwrite: true);
        await run.StartAgainAsync();
        await run.Load.AnswersAsync(100);
    }

    private static async Task LimitFilesAsync(ServerProcess server, string bytes)
    {
        var id = server.Id.ToString(CultureInfo.InvariantCulture);
        using var limit = Process.Start("prlimit", ["--pid", id, $"--fsize={bytes}:unlimited"]);
        await limit.WaitForExitAsync();
        Assert.Equal(0, limit.ExitCode);
    }
}
