using System.Collections.Concurrent;
using OwpPool.Cli.Run;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Secrets of any shape in what a command prints: neither the pool nor the terminal sees a line of them.</summary>
public sealed class CommandSecretsTests(RunServer server) : IClassFixture<RunServer>
{
    private const string Key = "-----BEGIN OWP TEST KEY-----\nQm9zdG9uIFRlYSBQYXJ0eQ\n-----END OWP TEST KEY-----";

    private static readonly string[] Lines =
    [
        .. Key.Split('\n'), "tea-party-1773", "first-half-of-it", "second-half-of-it", "overlap-abcdefgh", "abcdefgh-overlap",
    ];

    [Fact]
    public async Task Run_SecretsOfSeveralLines_AreSeenNowhere()
    {
        await using var stage = await RunStage.OnAsync(server);
        (stage.More["DEPLOY_PRIVATE_KEY"], stage.More["X_TOKEN"]) = (Key, "tea-party-1773\n");
        (stage.More["Y_TOKEN"], stage.More["A_SECRET"], stage.More["B_SECRET"]) =
            ("first-half-of-it\r\nsecond-half-of-it", "overlap-abcdefgh", "abcdefgh-overlap");
        var task = await stage.AddTaskAsync();
        var echoed = new ConcurrentQueue<string>();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, """
            echo "$DEPLOY_PRIVATE_KEY"
            echo "$DEPLOY_PRIVATE_KEY" | while read -r line; do echo "in a line: $line!"; done
            echo $DEPLOY_PRIVATE_KEY
            printf %s "$X_TOKEN"; echo "token:$X_TOKEN."
            echo "$Y_TOKEN"; printf 'first-half'; sleep 0.1; printf -- '-of-it\n'
            echo 'overlap-abcdefgh-overlap'
            echo "$X_TOKEN" >"$OWP_RESULT_FILE"; echo "$Y_TOKEN" >&2
            exit 3
            """, how: RunStage.HowOf() with { Echo = (_, line) => echoed.Enqueue(line) },
            passOn: ["DEPLOY_PRIVATE_KEY", "X_TOKEN", "Y_TOKEN", "A_SECRET", "B_SECRET"]);

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal(1, summary.Failed);
        var log = await stage.LogAsync(task);
        string[] seen =
            [.. log, .. echoed, (await stage.TaskAsync(task)).ToJsonString(), .. stage.Steps.Select(step => step.Note ?? "")];
        foreach (var secret in Lines) Assert.DoesNotContain(seen, text => text.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(seen, text => text.Contains("overlap", StringComparison.Ordinal));
        Assert.Contains("in a line: ***!", log);
        Assert.Contains("token:***", log);
        Assert.Equal(log, echoed);
        Assert.Equal("Exit code 3: ***", stage.Steps[^1].Note);
    }
}
