using OwpPool.Storage.EventLog;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.EventLog;

public sealed class EventCursorsTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();

    private EventCursors Cursors => _database.Storage.Cursors;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Get_NewConsumer_IsNull() => Assert.Null(await Cursors.GetAsync("github"));

    [Fact]
    public async Task Remove_OneOfTwo_LeavesTheOther()
    {
        await Cursors.AdvanceAsync("github", 7);
        await Cursors.AdvanceAsync("reputation", 3);

        await Cursors.RemoveAsync("github");

        Assert.Null(await Cursors.GetAsync("github"));
        Assert.Equal(3, await Cursors.GetAsync("reputation"));
    }

    [Fact]
    public async Task Advance_Reopened_IsThere()
    {
        await Cursors.AdvanceAsync("github", 7);
        await Cursors.AdvanceAsync("GitHub", 3);
        _database.Close();

        Assert.Equal((7L, 3L), (await Cursors.GetAsync("github"), await Cursors.GetAsync("GitHub")));
    }

    [Fact]
    public async Task Advance_Back_ChangesNothing()
    {
        await Cursors.AdvanceAsync("github", 7);
        await Cursors.AdvanceAsync("github", 6);

        Assert.Equal(7, await Cursors.GetAsync("github"));
    }

    [Fact]
    public async Task Advance_BadArguments_AreRefused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Cursors.AdvanceAsync("github", -1));
        await Assert.ThrowsAsync<ArgumentException>(() => Cursors.AdvanceAsync("", 1));
    }
}
