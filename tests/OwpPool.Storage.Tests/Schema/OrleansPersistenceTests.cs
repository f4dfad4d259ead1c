using System.Text;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Schema;

/// <summary>The contract of Orleans' persistence queries (reliability.md §1.4).</summary>
public sealed class OrleansPersistenceTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();
    private readonly OrleansCalls _orleans;

    public OrleansPersistenceTests() => _orleans = new OrleansCalls(_database);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Write_FirstTime_GivesVersionOneAndReadsBack()
    {
        Assert.Equal(1, await _orleans.WriteAsync("thing", "a", null, "{\"n\":0}"));

        var row = await _orleans.ReadAsync("thing", "a");
        Assert.Equal("{\"n\":0}", Encoding.UTF8.GetString(row!.Value.Payload!));
        Assert.Equal(1, row.Value.Version);
    }

    [Fact]
    public async Task Write_SecondFirstWrite_Conflicts()
    {
        await _orleans.WriteAsync("thing", "a", null, "{\"n\":1}");

        Assert.Null(await _orleans.WriteAsync("thing", "a", null, "{\"n\":2}"));
        Assert.Equal("{\"n\":1}", Encoding.UTF8.GetString((await _orleans.ReadAsync("thing", "a"))!.Value.Payload!));
    }

    [Fact]
    public async Task Write_WithCurrentVersion_RaisesItByOne()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");

        Assert.Equal(2, await _orleans.WriteAsync("thing", "a", 1, "{}"));
        Assert.Equal(3, await _orleans.WriteAsync("thing", "a", 2, "{}"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(0)]
    public async Task Write_WithAnotherVersion_ConflictsAndChangesNothing(int version)
    {
        await _orleans.WriteAsync("thing", "a", null, "{\"n\":1}");
        await _orleans.WriteAsync("thing", "a", 1, "{\"n\":2}");

        Assert.Null(await _orleans.WriteAsync("thing", "a", version, "{\"n\":9}"));
        var row = await _orleans.ReadAsync("thing", "a");
        Assert.Equal(("{\"n\":2}", 2), (Encoding.UTF8.GetString(row!.Value.Payload!), row.Value.Version));
    }

    [Fact]
    public async Task Write_WithVersionButNoRow_ConflictsAndMakesNoRow()
    {
        Assert.Null(await _orleans.WriteAsync("thing", "a", 1, "{}"));
        Assert.Equal(0, await _database.CountAsync("OrleansStorage"));
    }

    [Fact]
    public async Task Read_NeverWritten_GivesNoRow() => Assert.Null(await _orleans.ReadAsync("thing", "a"));

    [Fact]
    public async Task Write_SameKeyOtherStateServiceOrNumber_AreFourRows()
    {
        var other = new OrleansCalls(_database, "other-service");
        Assert.Equal(1, await _orleans.WriteAsync("thing", "a", null, "1"));
        Assert.Equal(1, await _orleans.WriteAsync("gadget", "a", null, "2"));
        Assert.Equal(1, await other.WriteAsync("thing", "a", null, "3"));
        Assert.Equal(1, await _orleans.WriteAsync("thing", null, null, "4"));

        Assert.Equal("1"u8.ToArray(), (await _orleans.ReadAsync("thing", "a"))!.Value.Payload);
        Assert.Equal("2"u8.ToArray(), (await _orleans.ReadAsync("gadget", "a"))!.Value.Payload);
        Assert.Equal("3"u8.ToArray(), (await other.ReadAsync("thing", "a"))!.Value.Payload);
        Assert.Equal("4"u8.ToArray(), (await _orleans.ReadAsync("thing", null))!.Value.Payload);
    }

    [Theory]
    [InlineData("0042", "42")]
    [InlineData("A", "a")]
    [InlineData("0000BEEF", "beef")]
    public async Task Write_KeysThatLookLikeOneNumber_StayApart(string one, string two)
    {
        Assert.Equal(1, await _orleans.WriteAsync("thing", one, null, "1"));
        Assert.Equal(1, await _orleans.WriteAsync("thing", two, null, "2"));
    }

    [Fact]
    public async Task Write_KeyOfGrainWithoutString_UpdatesItsOneRow()
    {
        await _orleans.WriteAsync("thing", null, null, "1");

        Assert.Null(await _orleans.WriteAsync("thing", null, null, "2"));
        Assert.Equal(2, await _orleans.WriteAsync("thing", null, 1, "2"));
        Assert.Equal(1, await _database.CountAsync("OrleansStorage"));
    }

    [Fact]
    public async Task Clear_KeepsRowWithNextVersionAndNoPayload()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");

        Assert.Equal(2, await _orleans.ClearAsync("thing", "a", 1));
        var row = await _orleans.ReadAsync("thing", "a");
        Assert.Null(row!.Value.Payload);
        Assert.Equal(2, row.Value.Version);
    }

    [Fact]
    public async Task Clear_WithAnotherVersion_ConflictsAndKeepsPayload()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");

        Assert.Null(await _orleans.ClearAsync("thing", "a", 7));
        Assert.NotNull((await _orleans.ReadAsync("thing", "a"))!.Value.Payload);
    }

    [Fact]
    public async Task Clear_NeverWritten_GivesNoRow() => Assert.Null(await _orleans.ClearAsync("thing", "a", 1));

    [Fact]
    public async Task Write_AfterClearWithItsVersion_Updates()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");
        await _orleans.ClearAsync("thing", "a", 1);

        Assert.Equal(3, await _orleans.WriteAsync("thing", "a", 2, "{\"n\":3}"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Write_AfterClearWithoutItsVersion_Conflicts(int? version)
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");
        await _orleans.ClearAsync("thing", "a", 1);

        Assert.Null(await _orleans.WriteAsync("thing", "a", version, "{}"));
    }

    [Fact]
    public async Task Delete_RemovesRowAndGivesOldVersionPlusOne()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");

        Assert.Equal(2, await _orleans.DeleteAsync("thing", "a", 1));
        Assert.Null(await _orleans.ReadAsync("thing", "a"));
        Assert.Equal(1, await _orleans.WriteAsync("thing", "a", null, "{}"));
    }

    [Fact]
    public async Task Delete_WithAnotherVersion_ConflictsAndKeepsRow()
    {
        await _orleans.WriteAsync("thing", "a", null, "{}");

        Assert.Null(await _orleans.DeleteAsync("thing", "a", 2));
        Assert.NotNull(await _orleans.ReadAsync("thing", "a"));
    }

    [Fact]
    public async Task Write_BytesThatAreNoText_ComeBackAsTheyWere()
    {
        byte[] payload = [0x01, 0x00, 0xFF, 0xFE, 0x7B];

        await _orleans.WriteAsync("thing", "a", null, payload);

        Assert.Equal(payload, (await _orleans.ReadAsync("thing", "a"))!.Value.Payload);
    }

    [Fact]
    public async Task Write_EmptyPayload_IsKeptApartFromCleared()
    {
        await _orleans.WriteAsync("thing", "a", null, []);

        var row = await _orleans.ReadAsync("thing", "a");
        Assert.NotNull(row!.Value.Payload);
        Assert.Empty(row.Value.Payload);
    }

    [Fact]
    public async Task Write_TextOfEveryKind_ComesBack()
    {
        var payload = "{\"t\":\"" + new string('ß', 5000) + "😀\\u0000'\"}";

        await _orleans.WriteAsync("thing", "ключ-😀", null, payload);

        Assert.Equal(payload, Encoding.UTF8.GetString((await _orleans.ReadAsync("thing", "ключ-😀"))!.Value.Payload!));
    }

    [Fact]
    public async Task Write_FirstWritesAtOnce_OneWinsAKey()
    {
        var writes = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => _orleans.WriteAsync("thing", $"k{i % 40}", null, "{}")));

        Assert.Equal(40, writes.Count(version => version == 1));
        Assert.Equal(40, await _database.CountAsync("OrleansStorage"));
    }
}
