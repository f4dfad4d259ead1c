using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.StandIn.Tests.AdoNet;

public sealed class AdoNetStorageTests
{
    [Fact]
    public async Task Write_StringKey_IsStoredByServiceNameAndKey()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        await host.Get<IStoredGrain>("t_1").Set("hello");

        Assert.Equal(
            ["dev|stored|0|0|t_1|{\"Text\":\"hello\"}|1"],
            source.Query("SELECT ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, CAST(PayloadBinary AS TEXT), Version FROM OrleansStorage"));
    }

    [Fact]
    public async Task Write_TwiceAndAfterRestart_CountsVersions()
    {
        using var source = new SqliteSource();
        await using (var first = await StartAsync(source))
        {
            await first.Get<IStoredGrain>("t_1").Set("one");
            await first.Get<IStoredGrain>("t_1").Set("two");
        }
        await using var second = await StartAsync(source);

        Assert.Equal("two, exists: True, etag: 2", await second.Get<IStoredGrain>("t_1").Describe());
        await second.Get<IStoredGrain>("t_1").Set("three");
        Assert.Equal(["3"], source.Query("SELECT Version FROM OrleansStorage"));
    }

    [Fact]
    public async Task Read_NoRow_IsDefaultConstructed()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        Assert.Equal("initial, exists: False, etag: ", await host.Get<IStoredGrain>("t_1").Describe());
    }

    [Fact]
    public async Task Write_RowChangedMeanwhile_IsAConflict()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var grain = host.Get<IStoredGrain>("t_1");
        await grain.Set("mine");
        source.Execute("UPDATE OrleansStorage SET Version = 7, PayloadBinary = CAST('{\"Text\":\"theirs\"}' AS BLOB)");

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Set("mine again"));

        Assert.Equal("theirs, exists: True, etag: 7", await grain.Describe());
    }

    [Fact]
    public async Task Write_RowInsertedMeanwhile_IsAConflict()
    {
        using var source = new SqliteSource();
        await using var one = await StartAsync(source);
        await using var other = await StartAsync(source);
        await one.Get<IStoredGrain>("t_1").Describe();
        await other.Get<IStoredGrain>("t_1").Set("theirs");

        await Assert.ThrowsAsync<InconsistentStateException>(() => one.Get<IStoredGrain>("t_1").Set("mine"));
    }

    [Fact]
    public async Task Write_RowDeletedMeanwhile_IsAConflict()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var grain = host.Get<IStoredGrain>("t_1");
        await grain.Set("mine");
        source.Execute("DELETE FROM OrleansStorage");

        await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Set("mine again"));
    }

    [Fact]
    public async Task Clear_ThenWrite_UpdatesTheEmptiedRow()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var grain = host.Get<IStoredGrain>("t_1");
        await grain.Set("one");

        await grain.Clear();

        Assert.Equal("initial, exists: False, etag: 2", await grain.Describe());
        Assert.Equal(["2|"], source.Query("SELECT Version, PayloadBinary FROM OrleansStorage"));
        await grain.End();
        await grain.Set("again");
        Assert.Equal("again, exists: True, etag: 3", await grain.Describe());
    }

    [Fact]
    public async Task Clear_DeleteStateOnClear_DeletesTheRow()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source, options => options.DeleteStateOnClear = true);
        var grain = host.Get<IStoredGrain>("t_1");
        await grain.Set("one");

        await grain.Clear();

        Assert.Equal("initial, exists: False, etag: ", await grain.Describe());
        Assert.Empty(source.Query("SELECT 1 FROM OrleansStorage"));
        await grain.Set("again");
        Assert.Equal("again, exists: True, etag: 1", await grain.Describe());
    }

    [Fact]
    public async Task Clear_NeverWritten_TouchesNothing()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);

        await host.Get<IStoredGrain>("t_1").Clear();

        Assert.Empty(source.Query("SELECT 1 FROM OrleansStorage"));
    }

    [Fact]
    public async Task Write_DatabaseDown_IsWrapped()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        var grain = host.Get<IStoredGrain>("t_1");
        await grain.Set("one");
        source.IsDown = true;

        var exception = await Assert.ThrowsAsync<OrleansException>(() => grain.Set("two"));

        Assert.IsType<IOException>(exception.InnerException);
    }

    [Fact]
    public async Task Keys_ThatReadAsOneNumber_ShareARowAsInOrleans()
    {
        using var source = new SqliteSource();
        await using var host = await StartAsync(source);
        await host.Get<IStoredGrain>("42").Set("shared");

        Assert.StartsWith("shared", await host.Get<IStoredGrain>("0042").Describe(), StringComparison.Ordinal);
        Assert.StartsWith("initial", await host.Get<IStoredGrain>("t:42").Describe(), StringComparison.Ordinal);
        Assert.Equal(["0|66|"], source.Query("SELECT GrainIdN0, GrainIdN1, GrainIdExtensionString FROM OrleansStorage"));
    }

    [Theory]
    [InlineData("w_abc", 0, 0, "w_abc")]
    [InlineData("repo/owner/name", 0, 0, "repo/owner/name")]
    [InlineData("ff", 0, 255, null)]
    [InlineData("7+x", 0, 7, "x")]
    [InlineData("00112233445566778899aabbccddeeff", 0x6677445500112233, unchecked((long)0xffeeddccbbaa9988), null)]
    public void StorageKey_OfAKey_IsSplitAsInOrleans(string key, long n0, long n1, string? extension)
    {
        var split = StorageKey.For(GrainId.Create("t", key));

        Assert.Equal((n0, n1, extension), (split.N0, split.N1, split.Extension));
    }

    [Fact]
    public async Task Start_NoQueryTable_Fails()
    {
        using var source = new SqliteSource(schema: null);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => StartAsync(source));
    }

    [Fact]
    public async Task Start_QueryMissing_NamesIt()
    {
        using var source = new SqliteSource();
        source.Execute("DELETE FROM OrleansQuery WHERE QueryKey = 'ClearStorageKey'");

        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(() => StartAsync(source));

        Assert.Contains("ClearStorageKey", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoSerializerAnywhere_Fails()
    {
        using var source = new SqliteSource();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => StartAsync(source, options => options.GrainStorageSerializer = null!));
    }

    [Fact]
    public async Task Start_NeitherConnectionStringNorDataSource_Fails()
    {
        using var source = new SqliteSource();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => StartAsync(source, options => options.DataSource = null));
    }

    private static Task<TestHost> StartAsync(SqliteSource source, Action<AdoNetGrainStorageOptions>? configure = null) =>
        TestHost.StartAsync(silo => silo.AddAdoNetGrainStorage("sql", (AdoNetGrainStorageOptions options) =>
        {
            options.Invariant = "System.Data.SQLite";
            options.DataSource = source;
            options.GrainStorageSerializer = new TextSerializer();
            configure?.Invoke(options);
        }));
}

public interface IStoredGrain : IGrainWithStringKey
{
    Task Set(string text);

    Task<string> Describe();

    Task Clear();

    Task End();
}

internal sealed class StoredGrain([PersistentState("stored", "sql")] IPersistentState<Note> state) : Grain, IStoredGrain
{
    public Task Set(string text)
    {
        state.State.Text = text;
        return state.WriteStateAsync();
    }

    public Task<string> Describe() => Task.FromResult($"{state.State.Text}, exists: {state.RecordExists}, etag: {state.Etag}");

    public Task Clear() => state.ClearStateAsync();

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
