using OwpPool.EndToEnd.Tests.Crash;
using OwpPool.Storage;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>A server is killed and its log is cut off or changed before the next start: what SQLite can keep is kept whole, a beginning of
/// what there was, or the start says in one line that there is damage. What is served is never a mixture. One killed server is enough for
/// all damages, and most are shown to the storage alone, which the server opens before anything else.</summary>
public sealed class LogDamageTests(ITestOutputHelper output, LogDamageTests.KilledServer killed)
    : IClassFixture<LogDamageTests.KilledServer>, IDisposable
{
    private const int StorageExitCode = 74;
    private const int HeaderBytes = 32;
    private const int FrameBytes = 24 + 4096;
    private const int LeastCommits = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("owp-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Start_LogIsDamaged_KeepsABeginningOrRefuses()
    {
        var log = killed.Log[..killed.LogBytes];
        var whole = await DatabaseImage.ReadAsync(Copy(log));
        Assert.Empty(new EventLogReplay(whole, CrashPlan.LeaseTtl).Violations);
        // The last frame of a commit, with commits before and behind it.
        var middle = killed.Commits[killed.Commits.Count / 2];
        (string Name, byte[] Log, bool MayBeRefused)[] damages =
        [
            ("untouched", log, false),
            ("empty", [], false),
            ("header only", log[..HeaderBytes], false),
            ("half a header", log[..(HeaderBytes / 2)], false),
            ("cut between two frames", log[..middle], false),
            ("cut in a frame's header", log[..(middle + 10)], false),
            ("last byte missing", log[..^1], false),
            ("byte changed in a frame's header", Flip(log, middle + 17), true),
            ("byte changed in the header", Flip(log, 20), true),
            ("zeroes in the middle", Zero(log, middle, 3 * FrameBytes), true),
            ("zeroes at the end", Zero(log, log.Length - 100, 100), false),
        ];
        foreach (var (name, damaged, mayBeRefused) in damages) await AssertStorageAsync(name, damaged, mayBeRefused);

        var cut = log[..(middle + 1000)];
        await AssertServerAgreesAsync(Copy(cut), await AssertStorageAsync("cut in a page", cut, mayBeRefused: false));
        var changed = Flip(log, middle + 1000);
        await AssertServerAgreesAsync(Copy(changed), await AssertStorageAsync("byte changed in the middle", changed, mayBeRefused: true));

        async Task<string?> AssertStorageAsync(string name, byte[] damaged, bool mayBeRefused)
        {
            var (kept, refusal) = await ReadAsync(Copy(damaged), whole);
            output.WriteLine($"{name}: {(refusal is null ? $"{kept} of {whole.Events.Count} events kept" : $"refused: {refusal}")}");
            Assert.Equal(mayBeRefused, refusal is not null);
            return refusal;
        }
    }

    [Fact]
    public async Task Start_LogIsCutAnywhere_KeepsABeginning()
    {
        var log = killed.Log[..killed.LogBytes];
        var whole = await DatabaseImage.ReadAsync(Copy(log));
        var seed = Random.Shared.Next();
        var dice = new Random(seed);
        var least = whole.Events.Count;
        for (var i = 0; i < 40; i++)
        {
            var length = dice.Next(log.Length);
            var (kept, refusal) = await ReadAsync(Copy(log[..length]), whole);
            Assert.True(refusal is null, $"seed {seed}, cut at {length}: {refusal}");
            least = Math.Min(least, kept);
        }
        output.WriteLine($"40 cuts, seed {seed}: between {least} and {whole.Events.Count} events kept, each time a consistent beginning");
    }

    /// <summary>The power-cut model without a device: the files as they were at one instant while the server wrote.</summary>
    [Fact]
    public async Task Start_FilesCopiedInTheMiddleOfWriting_HasEverythingAcknowledged()
    {
        var run = killed.Run;
        await File.WriteAllBytesAsync(run.Database, killed.Pages);
        await File.WriteAllBytesAsync(run.Database + "-wal", killed.Log);
        File.Delete(run.Database + "-shm");
        await run.StartAgainAsync();
        output.WriteLine(await run.FinishAsync());
    }

    [Fact]
    public async Task Start_PageOfTheDatabaseIsDamaged_IsRefusedInOneLine()
    {
        var database = Copy(killed.Log);
        var options = new SqliteStorageOptions { Path = database };
        // Closed in order, so that all is in the database and there is no log.
        await SqliteStorage.Open(options).DisposeAsync();
        Assert.False(File.Exists(database + "-wal"));
        var bytes = await File.ReadAllBytesAsync(database);
        await File.WriteAllBytesAsync(database, Zero(bytes, bytes.Length / 4096 / 2 * 4096, 4096));

        var refusal = Assert.Throws<StorageStartupException>(() => SqliteStorage.Open(options)).Message;
        Assert.Contains("is damaged", refusal, StringComparison.Ordinal);
        output.WriteLine(refusal);
        await AssertServerAgreesAsync(database, refusal);
    }

    /// <summary>How many events the database has kept, of those that the whole one has: the first ones, and the states that they lead to.
    /// </summary>
    private static async Task<(int Kept, string? Refusal)> ReadAsync(string database, DatabaseImage whole)
    {
        try
        {
            var image = await DatabaseImage.ReadAsync(database);
            Assert.Equal(whole.Events.Take(image.Events.Count).Select(logged => $"{logged}"), image.Events.Select(logged => $"{logged}"));
            Assert.Empty(new EventLogReplay(image, CrashPlan.LeaseTtl).Violations);
            return (image.Events.Count, null);
        }
        catch (StorageStartupException refused)
        {
            return (0, refused.Message);
        }
    }

    private static async Task AssertServerAgreesAsync(string database, string? refusal)
    {
        await using var server = ServerProcess.Start(
            typeof(LogDamageTests).Assembly, database, TestPorts.Take(), CrashPlan.Settings);
        if (refusal is null)
        {
            await server.BecomeReadyAsync();
            Assert.Equal(0, await server.TerminateAsync());
            Assert.Empty(new EventLogReplay(await DatabaseImage.ReadAsync(database), CrashPlan.LeaseTtl).Violations);
            return;
        }
        Assert.Equal(StorageExitCode, await server.EndAsync());
        Assert.Equal(refusal, server.Errors.Trim());
    }

    private string Copy(byte[] log)
    {
        // One path for all, so that what is said of them can be compared.
        var database = Path.Combine(_folder, "copy.db");
        foreach (var old in Directory.GetFiles(_folder, "copy.db*")) File.Delete(old);
        File.WriteAllBytes(database, killed.Pages);
        File.WriteAllBytes(database + "-wal", log);
        return database;
    }

    private static byte[] Flip(byte[] log, int at)
    {
        var changed = log.ToArray();
        changed[at] ^= 0x10;
        return changed;
    }

    private static byte[] Zero(byte[] bytes, int from, int count)
    {
        var changed = bytes.ToArray();
        changed.AsSpan(from, count).Clear();
        return changed;
    }

    /// <summary>A server that was killed under load, and its files as they were at that instant.</summary>
    public sealed class KilledServer : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("owp-killed-").FullName;

        /// <summary>Its database without the log.</summary>
        public byte[] Pages { get; private set; } = [];

        /// <summary>The file of its log. Its beginning was not in the database yet.</summary>
        public byte[] Log { get; private set; } = [];

        /// <summary>The length of that beginning. Behind it are frames of an earlier use of the file, which nobody reads.</summary>
        public int LogBytes { get; private set; }

        /// <summary>Where in the beginning the last frame of each commit is, in bytes.</summary>
        public IReadOnlyList<int> Commits { get; private set; } = [];

        /// <summary>Its load is still there, and asks in vain.</summary>
        internal FaultRun Run { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Run = new FaultRun(_folder);
            await Run.Load.AnswersAsync(500);
            await Run.FreezeAsync();
            await ReadAsync();
            // The log has just begun anew: too few commits for damage in their middle.
            while (Commits.Count < LeastCommits)
            {
                await Run.SignalAsync("CONT");
                await Run.Load.AnswersAsync(50);
                await Run.FreezeAsync();
                await ReadAsync();
            }
            await Run.Server.KillAsync();
        }

        public async Task DisposeAsync()
        {
            await Run.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }

        private async Task ReadAsync()
        {
            Pages = await File.ReadAllBytesAsync(Run.Database);
            Log = await File.ReadAllBytesAsync(Run.Database + "-wal");
            LogBytes = HeaderBytes;
            var commits = new List<int>();
            while (Log.Length >= LogBytes + FrameBytes && Log.AsSpan(LogBytes + 8, 8).SequenceEqual(Log.AsSpan(16, 8)))
            {
                if (Log.AsSpan(LogBytes + 4, 4).ContainsAnyExcept((byte)0)) commits.Add(LogBytes);
                LogBytes += FrameBytes;
            }
            Commits = commits;
        }
    }
}
