using Microsoft.AspNetCore.Http;
using OwpPool.Server.Hosting.Access;
using OwpPool.Storage;

namespace OwpPool.Server.Tests.Hosting;

public sealed class AccessTests
{
    private const string Secret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    [Theory]
    [InlineData($"Bearer owpw_abc.{Secret}")]
    [InlineData($"bearer owpw_abc.{Secret}")]
    [InlineData($"BEARER   owpw_abc.{Secret} ")]
    public void TryRead_WellFormed_NamesTheWorkerAndHashesTheToken(string header)
    {
        Assert.True(WorkerToken.TryRead(Headers(header), out var caller));
        Assert.Equal(new WorkerCaller("w_abc", WorkerToken.HashOf($"owpw_abc.{Secret}")), caller);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer    ")]
    [InlineData($"Basic owpw_abc.{Secret}")]
    [InlineData($"Bearerowpw_abc.{Secret}")]
    [InlineData($"owpw_abc.{Secret}")]
    [InlineData($"Bearer\towpw_abc.{Secret}")]
    [InlineData($"Bearer owpa_abc.{Secret}")]
    [InlineData($"Bearer OWPW_abc.{Secret}")]
    [InlineData($"Bearer owpw_.{Secret}")]
    [InlineData($"Bearer owpw_abc{Secret}")]
    [InlineData($"Bearer owpw_abc.{Secret}A")]
    [InlineData($"Bearer owpw_abc.{Secret}=")]
    [InlineData("Bearer owpw_abc.AAAA")]
    [InlineData($"Bearer owpw_a/c.{Secret}")]
    [InlineData($"Bearer owpw_a.c.{Secret}")]
    [InlineData($"Bearer owpw_ä.{Secret}")]
    [InlineData($"Bearer owpw_abc.äAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData($"Bearer owpw_abc.{Secret}\0")]
    [InlineData($"Bearer owpw_abc.{Secret}, Bearer owpw_abc.{Secret}")]
    public void TryRead_Malformed_IsRefused(string header) => Assert.False(WorkerToken.TryRead(Headers(header), out _));

    [Fact]
    public void TryRead_TwoHeaders_IsRefused()
    {
        var headers = new HeaderDictionary { ["Authorization"] = new([$"Bearer owpw_abc.{Secret}", $"Bearer owpw_abc.{Secret}"]) };
        Assert.False(WorkerToken.TryRead(headers, out _));
    }

    [Fact]
    public void TryRead_TooLong_IsRefused() =>
        Assert.False(WorkerToken.TryRead(Headers($"Bearer {new string(' ', WorkerToken.MaxHeaderLength)}owpw_abc.{Secret}"), out _));

    [Fact]
    public void Make_AnyId_IsReadBackAndNeverTheSame()
    {
        var tokens = Enumerable.Range(0, 100).Select(_ => WorkerToken.Make("w_k7a")).ToList();
        Assert.Equal(100, tokens.Distinct(StringComparer.Ordinal).Count());
        Assert.All(tokens, token =>
        {
            Assert.True(WorkerToken.TryRead(Headers($"Bearer {token}"), out var caller));
            Assert.Equal("w_k7a", caller.WorkerId);
        });
    }

    [Theory]
    [InlineData("dev-admin", false)]
    [InlineData("dev-admin-token", false)]
    [InlineData("secure-admin-token", false)]
    [InlineData("changeme", false)]
    [InlineData("12345678901234567890123", false)]
    [InlineData("123456789012345678901234", true)]
    public void WhyNot_SamplesAndShortTokens_AreRefused(string token, bool good) => Assert.Equal(good, AdminToken.WhyNot(token) is null);

    [Fact]
    public void Matches_OnlyTheToken()
    {
        var admin = new AdminToken();
        Assert.False(admin.Matches(""));
        admin.Use(AdminToken.HashOf("the right one"));
        Assert.True(admin.Matches("the right one"));
        Assert.False(admin.Matches("the right one "));
        Assert.False(admin.Matches("The right one"));
        Assert.False(admin.Matches(Convert.ToBase64String(AdminToken.HashOf("the right one"))));
    }

    [Fact]
    public void SetUp_NoToken_MakesOneOnceAndKeepsOnlyItsHash()
    {
        var database = NewDatabasePath();
        var first = new AdminToken();
        var token = AdminTokenFile.SetUp(first, null, database);
        Assert.NotNull(token);
        Assert.True(first.Matches(token));
        var second = new AdminToken();
        Assert.Null(AdminTokenFile.SetUp(second, "", database));
        Assert.True(second.Matches(token));
        var file = database + AdminTokenFile.Suffix;
        Assert.DoesNotContain(token, File.ReadAllText(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void SetUp_TokenGiven_MakesNone()
    {
        var database = NewDatabasePath();
        var admin = new AdminToken();
        Assert.Null(AdminTokenFile.SetUp(admin, "given", database));
        Assert.True(admin.Matches("given"));
        Assert.False(File.Exists(database + AdminTokenFile.Suffix));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("AAAA")]
    public void SetUp_DamagedFile_RefusesInOneLine(string content)
    {
        var database = NewDatabasePath();
        File.WriteAllText(database + AdminTokenFile.Suffix, content);
        var fault = Assert.Throws<StorageStartupException>(() => AdminTokenFile.SetUp(new AdminToken(), null, database));
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Fact]
    public void SetUp_FolderIsMissing_RefusesInOneLine() => Assert.Throws<StorageStartupException>(
        () => AdminTokenFile.SetUp(new AdminToken(), null, Path.Combine(NewDatabasePath(), "nowhere", "pool.db")));

    private static HeaderDictionary Headers(string authorization) => new() { ["Authorization"] = authorization };

    private static string NewDatabasePath() => Path.Combine(Directory.CreateTempSubdirectory("owp-token-").FullName, "pool.db");
}
