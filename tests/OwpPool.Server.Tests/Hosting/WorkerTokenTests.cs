using Microsoft.AspNetCore.Http;
using OwpPool.Server.Hosting.Access;
using OwpPool.Storage;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Which tokens are taken for the pool's own, before anybody is asked.</summary>
public sealed class WorkerTokenTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-tokens-");
    private SqliteStorage _storage = null!;
    private WorkerTokens _tokens = null!;

    private string Database => Path.Combine(_folder.FullName, "pool.db");

    private string KeyFile => Database + WorkerTokens.Suffix;

    public async Task InitializeAsync()
    {
        _storage = SqliteStorage.Open(new SqliteStorageOptions { Path = Database });
        _tokens = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("Bearer {0}")]
    [InlineData("bearer {0}")]
    [InlineData("BEARER   {0} ")]
    public void TryRead_OwnToken_NamesTheWorkerAndHashesTheToken(string header)
    {
        var token = _tokens.Make("w_abc");
        Assert.True(_tokens.TryRead(Headers(string.Format(null, header, token)), out var caller));
        Assert.Equal(new WorkerCaller("w_abc", _tokens.HashOf(token)), caller);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer    ")]
    [InlineData("Basic owpw_{0}.{1}")]
    [InlineData("Bearerowpw_{0}.{1}")]
    [InlineData("owpw_{0}.{1}")]
    [InlineData("Bearer\towpw_{0}.{1}")]
    [InlineData("Bearer owpa_{0}.{1}")]
    [InlineData("Bearer OWPW_{0}.{1}")]
    [InlineData("Bearer owpw_.{1}")]
    [InlineData("Bearer owpw_{0}{1}")]
    [InlineData("Bearer owpw_{0}.{1}A")]
    [InlineData("Bearer owpw_{0}.{1}=")]
    [InlineData("Bearer owpw_{0}.AAAA")]
    [InlineData("Bearer owpw_a/c.{1}")]
    [InlineData("Bearer owpw_a.c.{1}")]
    [InlineData("Bearer owpw_ä.{1}")]
    [InlineData("Bearer owpw_{0}.äAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer owpw_{0}.{1}\0")]
    [InlineData("Bearer owpw_{0}.{1}, Bearer owpw_{0}.{1}")]
    // Another's, the form without a proof, and nothing but zeros.
    [InlineData("Bearer owpw_other.{1}")]
    [InlineData("Bearer owpw_{0}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer owpw_{0}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void TryRead_NotOfThisPool_IsRefused(string header)
    {
        var secret = _tokens.Make("w_abc").Split('.')[1];
        Assert.False(_tokens.TryRead(Headers(string.Format(null, header, "abc", secret)), out _));
    }

    [Fact]
    public void TryRead_AnyCharacterChanged_IsRefused()
    {
        var token = _tokens.Make("w_abc");
        for (var at = "owpw_".Length; at < token.Length; at++)
        {
            var changed = $"{token[..at]}{(token[at] == 'A' ? 'B' : 'A')}{token[(at + 1)..]}";
            Assert.False(_tokens.TryRead(Headers($"Bearer {changed}"), out _), $"changed at {at}");
        }
    }

    [Fact]
    public void TryRead_TwoHeaders_IsRefused()
    {
        var header = $"Bearer {_tokens.Make("w_abc")}";
        Assert.False(_tokens.TryRead(new HeaderDictionary { ["Authorization"] = new([header, header]) }, out _));
    }

    [Fact]
    public void TryRead_TooLong_IsRefused() =>
        Assert.False(_tokens.TryRead(Headers($"Bearer {new string(' ', WorkerTokens.MaxHeaderLength)}{_tokens.Make("w_abc")}"), out _));

    [Fact]
    public void Make_AnyId_IsReadBackAndNeverTheSame()
    {
        var ids = new[] { "w_k7a", "w_" + new string('z', 62) };
        foreach (var id in ids)
        {
            var tokens = Enumerable.Range(0, 100).Select(_ => _tokens.Make(id)).ToList();
            Assert.Equal(100, tokens.Distinct(StringComparer.Ordinal).Count());
            Assert.All(tokens, token =>
            {
                Assert.True(_tokens.TryRead(Headers($"Bearer {token}"), out var caller));
                Assert.Equal(id, caller.WorkerId);
            });
        }
    }

    [Fact]
    public async Task Start_KeyIsThere_IsUsedAndItsFileIsTheOwners()
    {
        var token = _tokens.Make("w_abc");
        var again = await StartAsync();
        Assert.True(again.TryRead(Headers($"Bearer {token}"), out var caller));
        Assert.Equal(_tokens.HashOf(token), caller.TokenHash);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task Start_AnotherKey_RefusesItsTokens()
    {
        var token = _tokens.Make("w_abc");
        File.Delete(KeyFile);
        var other = await StartAsync();
        Assert.False(other.TryRead(Headers($"Bearer {token}"), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("AAAA")]
    public async Task Start_DamagedKey_IsRefusedInOneLine(string content)
    {
        await File.WriteAllTextAsync(KeyFile, content);
        var fault = await Assert.ThrowsAsync<StorageStartupException>(StartAsync);
        Assert.Contains(KeyFile, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    private async Task<WorkerTokens> StartAsync()
    {
        var tokens = new WorkerTokens(_storage);
        await tokens.StartAsync(CancellationToken.None);
        return tokens;
    }

    private static HeaderDictionary Headers(string authorization) => new() { ["Authorization"] = authorization };
}
