using OwpPool.Storage.Files;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>A log with its end cut off is what a crash leaves; one with a bad place before complete commits is damaged.</summary>
public sealed class WriteAheadLogTests : IAsyncDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameBytes = 24 + 4096;
    private const int Commits = 4;

    private readonly TempDatabase _database = new();
    private readonly string _log;
    private readonly byte[] _bytes;

    public WriteAheadLogTests()
    {
        _log = _database.Path + ".copied-wal";
        using var connection = NativeConnection.Open(_database.Path, readOnly: false, TimeSpan.Zero);
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (v)");
        // Start over in the file, so that frames of its earlier use are left behind the end.
        for (var i = 0; i < 10; i++) connection.Execute("INSERT INTO t VALUES (randomblob(9000))");
        connection.Execute("PRAGMA wal_checkpoint(RESTART)");
        for (var i = 0; i < Commits; i++) connection.Execute("UPDATE t SET v = randomblob(9000) WHERE rowid = 1");
        File.Copy(_database.Path + "-wal", _log);
        _bytes = File.ReadAllBytes(_log);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public void HasLostCommits_NoLogOrAWholeOne_IsFalse()
    {
        Assert.False(WriteAheadLog.Read(_log).HasLostCommits);
        Assert.False(WriteAheadLog.Read(_log + "-missing").HasLostCommits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(HeaderBytes)]
    [InlineData(HeaderBytes + 10)]
    [InlineData(HeaderBytes + FrameBytes)]
    [InlineData(HeaderBytes + FrameBytes + 2000)]
    public void HasLostCommits_CutOff_IsFalse(int length)
    {
        File.WriteAllBytes(_log, _bytes[..length]);
        Assert.False(WriteAheadLog.Read(_log).HasLostCommits);
    }

    [Fact]
    public void HasLostCommits_OnlyZeroes_IsFalse()
    {
        File.WriteAllBytes(_log, new byte[HeaderBytes + FrameBytes]);
        Assert.False(WriteAheadLog.Read(_log).HasLostCommits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(17)]
    [InlineData(25)]
    public void HasLostCommits_ByteOfTheHeaderChanged_IsTrue(int at) => Assert.True(HasLostCommitsWithout(at));

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(18)]
    [InlineData(24)]
    [InlineData(4000)]
    public void HasLostCommits_ByteOfTheFirstFrameChanged_IsTrue(int at) => Assert.True(HasLostCommitsWithout(HeaderBytes + at));

    [Fact]
    public void HasLostCommits_ByteOfTheLastCommitChanged_IsFalse()
    {
        // A crash may have spoiled it: it was never acknowledged.
        var frames = FramesInUse();
        for (var frame = frames - (frames / Commits); frame < frames; frame++)
            Assert.False(HasLostCommitsWithout(HeaderBytes + (frame * FrameBytes) + 100));
    }

    [Fact]
    public void HasLostCommits_ByteOfLeftOverFramesChanged_IsFalse() =>
        Assert.False(HasLostCommitsWithout(HeaderBytes + (FramesInUse() * FrameBytes) + 100));

    private int FramesInUse()
    {
        var salt = _bytes.AsSpan(16, 8);
        var frame = 0;
        while (_bytes.AsSpan(HeaderBytes + (frame * FrameBytes) + 8, 8).SequenceEqual(salt)) frame++;
        Assert.True((frame + 1) * FrameBytes < _bytes.Length, "There are frames of an earlier use.");
        return frame;
    }

    private bool HasLostCommitsWithout(int at)
    {
        var changed = _bytes.ToArray();
        changed[at] ^= 0x01;
        File.WriteAllBytes(_log, changed);
        return WriteAheadLog.Read(_log).HasLostCommits;
    }
}
