using System.Text;
using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Run;

/// <summary>What is read of a command's output, and kept out of it.</summary>
public sealed class CommandTextTests
{
    [Theory]
    [InlineData("OWP_TOKEN", true)]
    [InlineData("GITHUB_TOKEN", true)]
    [InlineData("AWS_SECRET_ACCESS_KEY", true)]
    [InlineData("AWS_ACCESS_KEY_ID", true)]
    [InlineData("ANTHROPIC_API_KEY", true)]
    [InlineData("db_password", true)]
    [InlineData("PGPASSWORD", true)]
    [InlineData("MYSQL_PWD", true)]
    [InlineData("DATABASE_URL", true)]
    [InlineData("NPM_CONFIG__AUTH", true)]
    [InlineData("STRIPE_KEY", true)]
    [InlineData("GITHUBTOKEN", true)]
    [InlineData("SENTRY_DSN", true)]
    [InlineData("AZURE_CONNECTION_STRING", true)]
    [InlineData("PWD", false)]
    [InlineData("OLDPWD", false)]
    [InlineData("OWP_URL", false)]
    [InlineData("KEYMAP_FILE", false)]
    [InlineData("PATH", false)]
    [InlineData("TOKENIZER", false)]
    [InlineData("SSH_AUTH_SOCK", false)]
    [InlineData("KEYBOARD", false)]
    public void IsSecret_Name_IsJudgedByItsWords(string name, bool expected) => Assert.Equal(expected, SecretNames.IsSecret(name));

    [Fact]
    public void Hider_SecretInSecret_HidesTheLongerAndLeavesShortOnes()
    {
        var hide = new SecretMask(["12345678", "12345678-and-more", "short", ""]).Hide;

        Assert.Equal("a *** b *** short", hide("a 12345678-and-more b 12345678 short"));
    }

    [Theory]
    [InlineData("x abcdefgh-ijklmnop y", "x *** y")]
    [InlineData("x abcdefghabcdefgh y", "x *** y")]
    [InlineData("x abcdefgh abcdefgh y", "x *** *** y")]
    [InlineData("abcdefgh-ijkl", "***-ijkl")]
    public void Hider_SecretsThatOverlap_LeaveNoPartOfEither(string line, string expected) =>
        Assert.Equal(expected, new SecretMask(["abcdefgh", "efgh-ijklmnop"]).Hide(line));

    [Theory]
    [InlineData(65_530)]
    [InlineData(65_536)]
    [InlineData(65_540)]
    [InlineData(131_070)]
    public async Task ReadAsync_SecretWhereALongLineIsBroken_IsNotCutInTwo(int at)
    {
        const string Secret = "s3cret-of-the-deployment";
        var mask = new SecretMask([Secret, "short"]);
        var text = new string('x', at) + Secret + new string('y', 70_000);
        var lines = new List<string>();

        await LineSplitter.ReadAsync(
            new Pieces(Encoding.UTF8.GetBytes(text), 1000), line => lines.Add(mask.Hide(line)), mask, CancellationToken.None);

        Assert.Equal(text.Replace(Secret, "***", StringComparison.Ordinal), string.Concat(lines));
        Assert.All(lines, line => Assert.True(line.Length <= 66_000));
    }

    [Fact]
    public void Hider_SecretOfSeveralLines_HidesEachOfThem()
    {
        const string Key = "-----BEGIN KEY-----\r\nb3BlbnNzaC1rZXkt\n  djEAAAAABG5vbmU=  \nabc\n-----END KEY-----\n";
        var hide = new SecretMask([Key]).Hide;

        Assert.Equal(["***", "***", "  ***  ", "abc", "***"], Key.ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(hide));
        Assert.Equal("key: ***\\n***", hide("key: b3BlbnNzaC1rZXkt\\ndjEAAAAABG5vbmU="));
    }

    [Theory]
    [InlineData("fatal: unable to access 'https://ada:hunter2@example.com/a.git/'", "fatal: unable to access 'https://***@example.com/a.git/'")]
    [InlineData("postgres://u:p@db/x and redis://:p@r", "postgres://***@db/x and redis://***@r")]
    [InlineData("https://ada:hun@ter2@example.com/a", "https://***@example.com/a")]
    [InlineData("https://example.com:8080/a@b and ada@example.com:22", "https://example.com:8080/a@b and ada@example.com:22")]
    public void Hider_AddressWithCredentials_HidesThemWithoutKnowingThem(string line, string expected) =>
        Assert.Equal(expected, new SecretMask([]).Hide(line));

    [Theory]
    [InlineData("BACKEND", "postgres://u:hunter2hunter2@db/x", "hunter2hunter2")]
    [InlineData("SETTINGS", "Server=db;Password=hunter2hunter2;Port=1", "hunter2hunter2")]
    [InlineData("SETTINGS", "Server=db; pwd = hunter2hunter2", "hunter2hunter2")]
    [InlineData("PLAIN", "just words", null)]
    public void SecretsOf_ValueThatHoldsAPassword_FindsItWhateverTheName(string name, string value, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], SecretNames.SecretsOf(name, value));

    [Fact]
    public void ChildEnvironment_OfManyVariables_PassesOnWhatIsListedOrNamed()
    {
        string[] passed =
        [
            "PATH", "HOME", "LANG", "LC_ALL", "TERM", "TZ", "TMPDIR", "USER", "SHELL", "XDG_CACHE_HOME", "https_proxy", "NO_PROXY",
            "ANTHROPIC_API_KEY", "JAVA_HOME",
        ];
        string[] held =
        [
            "OWP_TOKEN", "OWP_ADMIN_TOKEN", "PGPASSWORD", "MYSQL_PWD", "DATABASE_URL", "NPM_CONFIG__AUTH", "STRIPE_KEY", "SSH_AUTH_SOCK",
            "GIT_DIR", "MY_APP_SETTING", "path", "ANTHROPIC",
        ];
        var own = passed.Concat(held).ToDictionary(name => name, name => $"value of {name}");

        var environment = new ChildEnvironment(own, ["ANTHROPIC_*", "JAVA_HOME"]);

        Assert.Equal(passed.Order(StringComparer.Ordinal), environment.Base.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(held.Order(StringComparer.Ordinal), environment.HeldBack);
        Assert.Contains("value of STRIPE_KEY", environment.Secrets);
        Assert.DoesNotContain("GIT_DIR", new ChildEnvironment(own, ["*"]).Base.Keys);
        Assert.Contains("OWP_TOKEN", new ChildEnvironment(own, ["*"]).Base.Keys);
    }

    [Fact]
    public void Preset_OfClaude_AllowsNoSubcommandThatOpensAShell()
    {
        var allowed = Preset.Of("claude").Command.Split("--allowedTools \"")[1].Split('"')[0].Split(',');

        Assert.All(allowed, rule => Assert.Matches(@"^Bash\((git|gh) [a-z]+( [^()*]+)?(:\*)?\)$", rule));
        string[] open = [.. allowed.Where(rule => rule.EndsWith(":*)", StringComparison.Ordinal))];
        // Of these no argument starts a program or writes a file elsewhere; of push, diff, log and pr create some do.
        Assert.Equal(["Bash(git add:*)", "Bash(git commit -m:*)", "Bash(git mv:*)", "Bash(git rm:*)"], open.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("owp-no-such-program --x", "there is no program 'owp-no-such-program' on the PATH")]
    [InlineData("  /no/such/file", "there is no /no/such/file.")]
    [InlineData("~/nothing; true", "there is no HOME/nothing.")]
    [InlineData("./do-task.sh", "./do-task.sh is looked up in the folder of each task, which is empty")]
    [InlineData("~/plain", "HOME/plain is not an executable file")]
    [InlineData("~", null)]
    [InlineData("~/script | tee x", null)]
    [InlineData("sh -c x", null)]
    [InlineData("if true; then x; fi", null)]
    [InlineData("{ x; }", null)]
    [InlineData("X=1 owp-no-such-program", null)]
    [InlineData("\"owp-no-such-program\"", null)]
    [InlineData("$X", null)]
    [InlineData("# a comment\nx", null)]
    [InlineData("f() { x; }; f", null)]
    public async Task RequireStartable_Command_IsJudgedAsFarAsItCanBeTold(string command, string? expected)
    {
        using var home = new TemporaryFolder();
        File.WriteAllText(home.File("plain"), "");
        File.WriteAllText(home.File("script"), "");
        File.SetUnixFileMode(home.File("script"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var variables = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["HOME"] = home.FullPath };

        var failure = await Record.ExceptionAsync(() =>
            CommandCheck.RequireStartableAsync(command, "--exec", null, null, variables, CancellationToken.None));

        if (expected is null) Assert.Null(failure);
        else Assert.StartsWith($"--exec: {expected.Replace("HOME", home.FullPath, StringComparison.Ordinal)}",
            Assert.IsType<UsageException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireStartable_RelativePath_IsLookedUpWhereTheCommandRuns()
    {
        using var folder = new TemporaryFolder();
        var variables = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };

        var failure = await Assert.ThrowsAsync<UsageException>(() => CommandCheck.RequireStartableAsync(
            "./do-task.sh", "--exec", folder.FullPath, null, variables, CancellationToken.None));
        Assert.Contains($"there is no ./do-task.sh in {folder.FullPath}", failure.Message, StringComparison.Ordinal);
        string? asked = null;
        await CommandCheck.RequireStartableAsync("./do-task.sh", "--exec", null, Ask, variables, CancellationToken.None);
        Assert.Equal("./do-task.sh", asked);

        Task Ask(string program)
        {
            asked = program;
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task ReadAsync_AnyPieces_GiveTheSameLines(int piece)
    {
        var text = "eins\r\n\n\U0001F600 zwei\n" + new string('x', 70_000) + "\nund kein Ende";
        var lines = new List<string>();

        await LineSplitter.ReadAsync(new Pieces(Encoding.UTF8.GetBytes(text), piece), lines.Add, new SecretMask([]), CancellationToken.None);

        Assert.Equal(["eins", "", "\U0001F600 zwei"], lines.Take(3));
        Assert.Equal(new string('x', 70_000), lines[3] + lines[4]);
        Assert.Equal("und kein Ende", lines[5]);
        Assert.Equal(6, lines.Count);
    }

    [Theory]
    [InlineData("t_abc-1", "t_abc-1")]
    [InlineData("../../etc", null)]
    [InlineData("-rf", null)]
    [InlineData("", null)]
    public void NameOf_Id_NeverLeavesItsFolder(string id, string? expected)
    {
        var name = LeaseFiles.NameOf(id);

        if (expected is not null) Assert.Equal(expected, name);
        else Assert.Matches("^[0-9a-f]{32}$", name);
    }

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
