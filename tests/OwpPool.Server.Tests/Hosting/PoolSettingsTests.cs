using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Tests.Hosting;

public sealed class PoolSettingsTests
{
    private const string CorsFault = "OwpPool__Server__CorsOrigins must be origins as browsers send them, such as https://ide.example.com, " +
        "separated by commas: lower case, without path, default port or *";

    [Fact]
    public void Load_NothingSet_IsTheDefaults()
    {
        var (settings, faults) = Load([]);
        Assert.Empty(faults);
        Assert.Equal(("127.0.0.1", 8787), (settings.Server.Host, settings.Server.Port));
        Assert.Equal("./var/pool.db", settings.Storage.Path);
        Assert.Equal(14_400, settings.Lease.TtlSeconds);
        Assert.Equal("Production", settings.EnvironmentName);
        Assert.Null(settings.Admin.Token);
    }

    [Theory]
    [InlineData("OWP_PORT", "70000", "OWP_PORT must be from 0 to 65535")]
    [InlineData("OWP_PORT", "-1", "OWP_PORT must be from 0 to 65535")]
    [InlineData("OWP_PORT", "http", "OWP_PORT must be a whole number")]
    [InlineData("OWP_PORT", "80.5", "OWP_PORT must be a whole number")]
    [InlineData("OWP_HOST", "no such host", "OWP_HOST must be an IP address, localhost or *")]
    [InlineData("OWP_ADMIN_TOKEN", "changeme", "OWP_ADMIN_TOKEN is a known sample; choose random characters of your own")]
    [InlineData("OWP_ADMIN_TOKEN", "choose-at-least-24-characters", "OWP_ADMIN_TOKEN is a known sample; choose random characters of your own")]
    [InlineData("OWP_ADMIN_TOKEN", "short", "OWP_ADMIN_TOKEN must have 24 to 256 characters")]
    [InlineData("OWP_ADMIN_TOKEN", "aaaaaaaaaaaaaaaaaaaaaaaa", "OWP_ADMIN_TOKEN is easily guessed; choose random characters")]
    [InlineData("OWP_ADMIN_TOKEN", "                        ", "OWP_ADMIN_TOKEN must be visible ASCII characters")]
    [InlineData("OWP_METRICS_TOKEN", "short", "OWP_METRICS_TOKEN must have 24 to 256 characters")]
    [InlineData("OwpPool__Server__AllowedHosts", "pool.acme.com,two words",
        "OwpPool__Server__AllowedHosts must be host names or *, separated by commas")]
    [InlineData("OwpPool__Server__CorsOrigins", "*", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "null", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "ide.example.com", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "https://*.example.com", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "https://ide.example.com/", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "https://IDE.example.com", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "https://ide.example.com:443", CorsFault)]
    [InlineData("OwpPool__Server__CorsOrigins", "https://good.example.com,https://me@ide.example.com", CorsFault)]
    [InlineData("OwpPool__Server__MaxConnectionsPerAddress", "0", "OwpPool__Server__MaxConnectionsPerAddress must be from 1 to 1000000")]
    [InlineData("OwpPool__Server__FirstByteSeconds", "131", "OwpPool__Server__FirstByteSeconds must be from 1 to 130")]
    [InlineData("OwpPool__Streams__AdminSharePercent", "101", "OwpPool__Streams__AdminSharePercent must be from 0 to 100")]
    [InlineData("OwpPool__RateLimits__StoredAnswers", "0", "OwpPool__RateLimits__StoredAnswers must be from 1 to 10000000")]
    [InlineData("LOG_LEVEL", "loud", "LOG_LEVEL must be one of trace, debug, info, warning, error, critical, none")]
    [InlineData("LOG_FORMAT", "xml", "LOG_FORMAT must be one of auto, text, json")]
    [InlineData("OwpPool__Lease__TtlSeconds", "29", "OwpPool__Lease__TtlSeconds must be from 30 to 86400")]
    [InlineData("OwpPool__Lease__TtlSeconds", "0", "OwpPool__Lease__TtlSeconds must be from 1 to 86400")]
    [InlineData("OwpPool__Lease__LifetimeSeconds", "60",
        "OwpPool__Lease__LifetimeSeconds must not be shorter than OwpPool__Lease__TtlSeconds")]
    [InlineData("OwpPool__Worker__HeartbeatIntervalSeconds", "91",
        "OwpPool__Worker__HeartbeatIntervalSeconds must not be longer than OwpPool__Worker__HeartbeatTtlSeconds")]
    [InlineData("OwpPool__Server__MaxBodyBytes", "10", "OwpPool__Server__MaxBodyBytes must be from 1024 to 16777216")]
    [InlineData("OwpPool__Audit__RetentionDays", "-1", "OwpPool__Audit__RetentionDays must be from 0 to 36500")]
    [InlineData("OwpPool__Audit__RetentionDays", "36501", "OwpPool__Audit__RetentionDays must be from 0 to 36500")]
    [InlineData("OwpPool__Audit__UnreadDays", "-1", "OwpPool__Audit__UnreadDays must be from 0 to 36500")]
    [InlineData("OwpPool__Audit__UnreadDays", "36501", "OwpPool__Audit__UnreadDays must be from 0 to 36500")]
    [InlineData("OwpPool__Storage__CheckSeconds", "-1", "OwpPool__Storage__CheckSeconds must be from 0 to 3600")]
    [InlineData("OwpPool__Storage__CheckSeconds", "3601", "OwpPool__Storage__CheckSeconds must be from 0 to 3600")]
    [InlineData("OwpPool__Server__OpenMetrics", "perhaps", "OwpPool__Server__OpenMetrics must be true or false")]
    [InlineData("OwpPool__Artifacts__Hosts", "git.acme.com,https://x", "OwpPool__Artifacts__Hosts must list hosts, separated by commas, such as git.acme.com=gitlab or git.acme.com:3000=gitea; kinds are github, gitlab, bitbucket and gitea")]
    [InlineData("OwpPool__Artifacts__Hosts", "git.acme.com=svn", "OwpPool__Artifacts__Hosts must list hosts, separated by commas, such as git.acme.com=gitlab or git.acme.com:3000=gitea; kinds are github, gitlab, bitbucket and gitea")]
    [InlineData("GITHUB_WEBHOOK_SECRET", "too-short", "GITHUB_WEBHOOK_SECRET must have at least 32 bytes")]
    [InlineData("GITHUB_WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef",
        "GITHUB_WEBHOOK_SECRET is a known sample or easily guessed; choose random bytes of your own")]
    [InlineData("GITHUB_TOKEN", "two words", "GITHUB_TOKEN must be visible ASCII characters")]
    [InlineData("OwpPool__GitHub__ApiUrl", "http://api.github.com",
        "OwpPool__GitHub__ApiUrl must be an https address, without a query or a user; http only on this machine")]
    [InlineData("OwpPool__GitHub__ApiUrl", "https://me@ghe.acme.com/api/v3",
        "OwpPool__GitHub__ApiUrl must be an https address, without a query or a user; http only on this machine")]
    [InlineData("OwpPool__GitHub__TimeoutSeconds", "121", "OwpPool__GitHub__TimeoutSeconds must be from 1 to 120")]
    [InlineData("OwpPool__GitHub__Retries", "11", "OwpPool__GitHub__Retries must be from 0 to 10")]
    [InlineData("OwpPool__GitHub__RetryDelayMilliseconds", "0", "OwpPool__GitHub__RetryDelayMilliseconds must be from 1 to 60000")]
    [InlineData("OwpPool__GitHub__WritePauseMilliseconds", "60001", "OwpPool__GitHub__WritePauseMilliseconds must be from 0 to 60000")]
    [InlineData("OwpPool__GitHub__ReconcileSeconds", "9", "OwpPool__GitHub__ReconcileSeconds must be from 10 to 86400")]
    [InlineData("OwpPool__Server__PublicUrl", "ftp://pool.acme.com",
        "OwpPool__Server__PublicUrl must be an http or https address without a query")]
    [InlineData("OwpPool__GitHub__MaxWebhookBytes", "65535", "OwpPool__GitHub__MaxWebhookBytes must be from 65536 to 26214400")]
    [InlineData("OwpPool__GitHub__KeepDeliveriesDays", "6", "OwpPool__GitHub__KeepDeliveriesDays must be from 7 to 365")]
    [InlineData("OwpPool__Lease__TtlSecond", "60", "OwpPool__Lease__TtlSecond is not a setting")]
    [InlineData("OwpPool__Leases__TtlSeconds", "60", "OwpPool__Leases is not a setting")]
    public void Load_OneIsWrong_IsNamed(string name, string value, string expected) =>
        Assert.Equal([expected], Load([(name, value)]).Faults);

    [Theory]
    [InlineData("OWP_ADMIN_TOKEN")]
    [InlineData("OwpPool__Admin__Token")]
    public void Load_TokenFromAFile_IsItsContentWithoutTheLineBreak(string name)
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, "token"), "a-token-of-good-length-in-a-file\r\n");
        var (settings, faults) = Load([($"{name}_FILE", "token")], folder);
        Assert.Empty(faults);
        Assert.Equal("a-token-of-good-length-in-a-file", settings.Admin.Token);
    }

    [Fact]
    public void Load_EverySecretFromAFile_AndTheEnvFileToo()
    {
        var folder = NewFolder();
        string[] names = ["OWP_ADMIN_TOKEN", "OWP_METRICS_TOKEN", "GITHUB_TOKEN", "GITHUB_WEBHOOK_SECRET"];
        foreach (var name in names) File.WriteAllText(Path.Combine(folder, name), $"{name}-0123456789abcdefghijklmnopq\n");
        File.WriteAllLines(Path.Combine(folder, ".env"), names.Select(name => $"{name}_FILE={name}"));
        var (settings, faults) = Load([], folder);
        Assert.Empty(faults);
        Assert.Equal(names.Select(name => $"{name}-0123456789abcdefghijklmnopq"),
            [settings.Admin.Token, settings.Server.MetricsToken, settings.GitHub.Token, settings.GitHub.WebhookSecret]);
    }

    [Fact]
    public void Load_SecretFileIsWrong_IsNamedAndItsContentIsNot()
    {
        var folder = NewFolder();
        var file = Path.Combine(folder, "token");
        File.WriteAllText(file, "a-token-of-good-length-in-a-file");
        Assert.Equal(["OWP_ADMIN_TOKEN_FILE and OWP_ADMIN_TOKEN are both set; set one of them"],
            Load([("OWP_ADMIN_TOKEN_FILE", file), ("OWP_ADMIN_TOKEN", "another-token-of-good-length")], folder).Faults);
        Assert.Equal([$"OWP_ADMIN_TOKEN_FILE names no file: {file}x"], Load([("OWP_ADMIN_TOKEN_FILE", file + "x")], folder).Faults);
        Assert.Equal([$"OWP_ADMIN_TOKEN_FILE names no file: {folder}"], Load([("OWP_ADMIN_TOKEN_FILE", folder)], folder).Faults);
        File.WriteAllText(file, "\n");
        Assert.Equal([$"GITHUB_TOKEN_FILE names an empty file: {file}"], Load([("GITHUB_TOKEN_FILE", file)], folder).Faults);
        File.WriteAllText(file, new string('x', 4097));
        Assert.Equal([$"GITHUB_TOKEN_FILE names a file of more than 4096 bytes: {file}"], Load([("GITHUB_TOKEN_FILE", file)], folder).Faults);
        // What the file holds is held to the same rules.
        File.WriteAllText(file, "changeme");
        Assert.Equal(["OWP_ADMIN_TOKEN is a known sample; choose random characters of your own"],
            Load([("OWP_ADMIN_TOKEN_FILE", file)], folder).Faults);
    }

    [Fact]
    public void Load_MetricsTokenIsTheAdmins_IsNamed() => Assert.Equal(["OWP_METRICS_TOKEN must differ from OWP_ADMIN_TOKEN"],
        Load([("OWP_METRICS_TOKEN", "one-token-of-good-length"), ("OWP_ADMIN_TOKEN", "one-token-of-good-length")]).Faults);

    [Fact]
    public void Load_ManyAreWrong_AllAreNamed() => Assert.Equal(3,
        Load([("OWP_PORT", "x"), ("LOG_LEVEL", "y"), ("OwpPool__Worker__OfflineGraceSeconds", "-1")]).Faults.Count);

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public void Load_CheckSecondsAtALimit_IsTheStoragesCheckTime(int seconds)
    {
        var (settings, faults) = Load([("OwpPool__Storage__CheckSeconds", $"{seconds}")]);
        Assert.Empty(faults);
        Assert.Equal(TimeSpan.FromSeconds(seconds), settings.ToStorage().CheckTime);
    }

    [Theory]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    [InlineData("DOTNET_ENVIRONMENT")]
    public void Load_Development_TakesShortLeasesAndSampleTokens(string variable)
    {
        var (settings, faults) = Load(
            [(variable, "Development"), ("OWP_ADMIN_TOKEN", "dev-admin"), ("OwpPool__Lease__TtlSeconds", "1")]);
        Assert.Empty(faults);
        Assert.Equal((1, "dev-admin"), (settings.Lease.TtlSeconds, settings.Admin.Token));
    }

    [Fact]
    public void Load_EnvironmentThenSettingsFileThenEnvFile_FirstWins()
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, "appsettings.json"),
            """{"OwpPool":{"Server":{"Port":2,"RetryAfterSeconds":2},"Lease":{"TtlSeconds":60}}}""");
        File.WriteAllText(Path.Combine(folder, ".env"), "OWP_PORT=3\nOwpPool__Server__RetryAfterSeconds=3\nexport OWP_DB_PATH='a b.db'\n");
        File.WriteAllText(Path.Combine(folder, ".env.local"), "OWP_DB_PATH=not-read.db\n");
        var (settings, faults) = Load([("OWP_PORT", "1")], folder);
        Assert.Empty(faults);
        Assert.Equal((1, 2, 60, "a b.db"),
            (settings.Server.Port, settings.Server.RetryAfterSeconds, settings.Lease.TtlSeconds, settings.Storage.Path));
    }

    [Theory]
    [InlineData(".env")]
    [InlineData(".env.local")]
    [InlineData("env.local")]
    public void Load_AnyEnvFile_IsRead(string name)
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, name), "# comment\n\nOWP_PORT = 4 # why\n");
        Assert.Equal(4, Load([], folder).Settings.Server.Port);
    }

    [Theory]
    [InlineData("secret without a name")]
    [InlineData("=value")]
    [InlineData("two words=value")]
    public void Load_EnvFileIsDamaged_NamesTheLineAndKeepsItsSecret(string line)
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, ".env"), $"OWP_PORT=4\n{line}\n");
        Assert.Equal([".env, line 2: is not NAME=value"], Load([], folder).Faults);
    }

    [Fact]
    public void Load_SettingsFileIsDamaged_IsNamed()
    {
        var folder = NewFolder();
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), "{\"OwpPool\":");
        var fault = Assert.Single(Load([], folder).Faults);
        Assert.StartsWith("appsettings.json cannot be read", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ShortAndLongName_ShortWinsAndEmptyIsUnset()
    {
        var (settings, faults) = Load([("OwpPool__Server__Port", "1"), ("OWP_PORT", "2"), ("OWP_HOST", "")]);
        Assert.Empty(faults);
        Assert.Equal((2, "127.0.0.1"), (settings.Server.Port, settings.Server.Host));
    }

    [Theory]
    [InlineData("INFO", "info")]
    [InlineData("warn", "warning")]
    [InlineData("Information", "info")]
    [InlineData("off", "none")]
    public void Load_OtherWordsForLevels_AreTaken(string word, string level) =>
        Assert.Equal(level, Load([("LOG_LEVEL", word)]).Settings.Log.Level);

    [Theory]
    [InlineData("0.0.0.0", "http://127.0.0.1:80")]
    [InlineData("*", "http://127.0.0.1:80")]
    [InlineData("::1", "http://[::1]:80")]
    [InlineData("[::1]", "http://[::1]:80")]
    [InlineData("localhost", "http://127.0.0.1:80")]
    [InlineData("10.1.2.3", "http://10.1.2.3:80")]
    public void ToUrl_AnyHost_CanBeOpenedFromHere(string host, string url) =>
        Assert.Equal(url, Listening.ToUrl(Listening.TryParse(host)!, 80));

    private static (PoolSettings Settings, List<string> Faults) Load((string Name, string Value)[] variables, string? folder = null)
    {
        var faults = new List<string>();
        var settings = PoolSettings.Load(variables.ToDictionary(pair => pair.Name, pair => pair.Value), folder ?? NewFolder(), faults);
        return (settings, faults);
    }

    private static string NewFolder() => Directory.CreateTempSubdirectory("owp-settings-").FullName;
}
