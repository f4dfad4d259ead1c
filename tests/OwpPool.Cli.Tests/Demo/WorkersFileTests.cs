using System.Runtime.Versioning;
using OwpPool.Cli.Demo;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Demo;

public sealed class WorkersFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Write_ThenRead_GivesTheSameAndOnlyTheOwnerMayLook()
    {
        var path = _folder.File("workers.json");
        KnownWorker[] workers = [new("ada", "w_1", "owpw_1", 30), new("lin", "w_2", "owpw_2", 20)];

        WorkersFile.Write(path, [workers[0]]);
        WorkersFile.Write(path, workers);

        Assert.Equal(workers, WorkersFile.Read(path).Values);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Single(Directory.GetFiles(_folder.FullPath));
    }

    [Fact]
    public void Read_NoFile_IsNobody()
    {
        Assert.Empty(WorkersFile.Read(null));
        Assert.Empty(WorkersFile.Read(_folder.File("none.json")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""[{"name":"ada"}]""")]
    [InlineData("""[{"name":null,"worker_id":"w","token":"t","heartbeat_interval_seconds":1}]""")]
    public void Read_AnotherFile_SaysWhichOne(string content)
    {
        var path = _folder.Write("other.json", content);

        Assert.Contains(path, Assert.Throws<UsageException>(() => WorkersFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoSuchFolder_SaysSo()
    {
        var path = _folder.File("none/workers.json");

        Assert.Contains("cannot be written", Assert.Throws<UsageException>(() => WorkersFile.Write(path, [])).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
