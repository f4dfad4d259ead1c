using OwpPool.Cli.Configuration;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Configuration;

public sealed class ConfigFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string Path => _folder.File("owp-pool/config.json");

    [Theory]
    [InlineData("/given/file", "/xdg", "/given/file")]
    [InlineData(null, "/xdg", "/xdg/owp-pool/config.json")]
    [InlineData(null, "relative", "/srv/ada/.config/owp-pool/config.json")]
    [InlineData(null, null, "/srv/ada/.config/owp-pool/config.json")]
    public void PathOf_GivenOrNot_FollowsTheSpecification(string? given, string? xdg, string expected) => Assert.Equal(expected,
        ConfigFile.PathOf(given, name => name switch { "XDG_CONFIG_HOME" => xdg, "HOME" => "/srv/ada", _ => null }));

    [Fact]
    public void Read_NoFile_IsEmpty() => Assert.Empty(File().Read().Profiles);

    [Fact]
    public async Task Change_NoFile_MakesItForItsOwnerOnly()
    {
        await File().ChangeAsync(config => config.With("ada", Ada("owpw_a")), default);

        Assert.Equal(OwnerOnly, System.IO.File.GetUnixFileMode(Path));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
        var read = File().Read();
        Assert.Equal(("ada", "owpw_a"), (read.DefaultProfile, read.Profiles["ada"].Token));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Change_ManyAtOnce_LosesNone()
    {
        var names = Enumerable.Range(0, 40).Select(number => $"w{number}").ToList();

        await Task.WhenAll(names.Select(name => Task.Run(() => File().ChangeAsync(config => config.With(name, Ada(name)), default))));

        Assert.Equal(names.Order(), File().Read().Profiles.Keys.Order());
        Assert.DoesNotContain(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!), file => file.EndsWith(".new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Change_WhileAnotherIsUnderWay_WaitsForItAndKeepsWhatItWrote()
    {
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var first = Task.Run(() => File().ChangeAsync(config =>
        {
            begun.Set();
            goOn.Wait();
            return config.With("ada", Ada("a"));
        }, default));
        begun.Wait();

        var second = File().ChangeAsync(config => config.With("bob", Ada("b")), default);

        Assert.False(second.IsCompleted);
        goOn.Set();
        await Task.WhenAll(first, second);
        Assert.Equal(["ada", "bob"], File().Read().Profiles.Keys.Order());
    }

    [Fact]
    public async Task Change_WhatALaterVersionWrote_IsKept()
    {
        _folder.Write("owp-pool/config.json", """{"later":1,"profiles":{"old":{"server":"http://x","color":"red"}}}""");

        await File().ChangeAsync(config => config.With("ada", Ada("a")), default);

        var text = System.IO.File.ReadAllText(Path);
        Assert.Contains("\"later\": 1", text, StringComparison.Ordinal);
        Assert.Contains("\"color\": \"red\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_ThroughALink_ChangesWhatItLeadsTo()
    {
        await File().ChangeAsync(config => config.With("ada", Ada("a")), default);
        var link = _folder.File("link.json");
        System.IO.File.CreateSymbolicLink(link, Path);

        await new ConfigFile(link, _warnings.Add).ChangeAsync(config => config.With("bob", Ada("b")), default);

        Assert.Equal(["ada", "bob"], File().Read().Profiles.Keys.Order());
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Read_OpenToOthers_WarnsUntilItIsChanged(UnixFileMode open)
    {
        await File().ChangeAsync(config => config.With("ada", Ada("a")), default);
        System.IO.File.SetUnixFileMode(Path, OwnerOnly | open);

        File().Read();
        Assert.Contains("chmod 600", Assert.Single(_warnings), StringComparison.Ordinal);
        await File().ChangeAsync(config => config, default);
        _warnings.Clear();
        File().Read();

        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("""{"profiles":{"a":{}}}""")]
    [InlineData("""{"profiles":null}""")]
    public void Read_NoConfiguration_NamesTheFile(string content)
    {
        _folder.Write("owp-pool/config.json", content);

        Assert.StartsWith(Path, Assert.Throws<UsageException>(() => File().Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_AsText_HidesTheToken() =>
        Assert.DoesNotContain("owpw_secret", Ada("owpw_secret").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("Ada Lovelace", "ada-lovelace")]
    [InlineData("root@box.example", "root-box.example")]
    [InlineData("Ü", "worker")]
    public void ProfileName_OfAWorker_CanBeTyped(string worker, string expected)
    {
        Assert.Equal(expected, ProfileName.Of(worker));
        Assert.Equal(expected, ProfileName.Check(expected));
    }

    public void Dispose() => _folder.Dispose();

    private ConfigFile File() => new(Path, warning =>
    {
        lock (_warnings) _warnings.Add(warning);
    });

    private static Profile Ada(string token) => new() { Server = "http://pool.test", WorkerId = "w_1", Name = "ada", Token = token };
}
