using OwpPool.Server.Hosting.Access;
using OwpPool.Storage;

namespace OwpPool.Server.Tests.Hosting;

public sealed class AccessTests
{
    [Theory]
    [InlineData("dev-admin", "sample")]
    [InlineData("dev-admin-token", "sample")]
    [InlineData("secure-admin-token", "sample")]
    [InlineData("changeme", "sample")]
    [InlineData("choose-at-least-24-characters", "sample")]
    [InlineData("Choose-At-Least-24-Characters", "sample")]
    [InlineData("12345678901234567890123", "24 to 256")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa", "guessed")]
    [InlineData("abababababababababababababababab", "guessed")]
    [InlineData("                        ", "visible")]
    [InlineData("ein-schönes-langes-geheimnis", "visible")]
    [InlineData("123456789012345678901234", null)]
    public void WhyNot_WhatIsGuessedOrCannotBeSent_IsRefused(string token, string? fault)
    {
        if (fault is null) Assert.Null(SecretRules.WhyNot(token));
        else Assert.Contains(fault, SecretRules.WhyNot(token)!, StringComparison.Ordinal);
    }

    [Fact]
    public void WhyNot_Length_HasBounds()
    {
        var long256 = string.Concat(Enumerable.Repeat("abcdefgh", 32));
        Assert.Null(SecretRules.WhyNot(long256));
        Assert.NotNull(SecretRules.WhyNot(long256 + "a"));
    }

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

    private static string NewDatabasePath() => Path.Combine(Directory.CreateTempSubdirectory("owp-token-").FullName, "pool.db");
}
