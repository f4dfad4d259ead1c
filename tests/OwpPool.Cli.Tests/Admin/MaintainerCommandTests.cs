using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Admin;

/// <summary>Who maintains the pool, whom it lets in, and whether it hands out anything.</summary>
public sealed class MaintainerCommandTests : IClassFixture<InvitingPool>, IDisposable
{
    private readonly TestPool _pool;
    private readonly OwpShell _owp;

    public MaintainerCommandTests(InvitingPool inviting) => (_pool, _owp) = (inviting.Pool, new OwpShell().At(inviting.Pool));

    public void Dispose() => _owp.Dispose();

    [Fact]
    public async Task Token_CreatedListedRevoked_OpensUntilThenAndIsShownOnce()
    {
        var created = await _owp.RunAsync("admin token create grace --role admin --expires-in 2d");
        var token = Cell(created, "token");
        Assert.StartsWith("owpa_", token, StringComparison.Ordinal);
        Assert.Contains("shown only once: its holder sets OWP_ADMIN_TOKEN", created.Error, StringComparison.Ordinal);
        var listed = await _owp.RunAsync("admin token list");
        Assert.Contains(listed.Cells(), cells => cells is ["grace", "admin", ..]);
        Assert.DoesNotContain(token, listed.Output + (await _owp.RunAsync("admin token list --json")).Output, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromDays(2), await LifetimeAsync("grace"));

        var task = await _owp.RunAsync($"task create --repo acme/shop --title Fix --admin-token {token} --json task_id");
        var id = (string)task.Json()["task_id"]!;
        Assert.Equal("admin:grace", (string?)(await _owp.RunAsync($"audit list --target {id} --json actor")).Json()[0]!["actor"]);
        Assert.Contains("Revoked the token of 'grace'", (await _owp.RunAsync("admin token revoke grace")).Error, StringComparison.Ordinal);
        var refused = await _owp.RunAsync($"status --admin-token {token}");

        Assert.Equal(ExitCodes.NeedsAuth, refused.ExitCode);
        Assert.Contains("owp admin token create", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("grace", (await _owp.RunAsync("admin token list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_OfAViewer_ReadsAndIsToldThatItChangesNothing()
    {
        _owp.Variables["OWP_ADMIN_TOKEN"] = Cell(await _owp.RunAsync("admin token create vera --role viewer"), "token");

        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("status")).ExitCode);
        var refused = await _owp.RunAsync("admin pause");

        Assert.Equal((ExitCodes.NeedsAuth, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("'vera' is a viewer", refused.Error, StringComparison.Ordinal);
        Assert.Contains("token of the role admin", refused.Error, StringComparison.Ordinal);
        Assert.False((await _pool.Admin.GetStateAsync()).Paused);
    }

    [Fact]
    public async Task Invite_Text_LetsInAsManyAsItSaysWithItsTrust()
    {
        var before = (await _pool.Admin.GetStateAsync()).WorkersOnline;
        var refused = await _owp.RunAsync("worker register --name ada");
        Assert.Equal(ExitCodes.NeedsAuth, refused.ExitCode);
        Assert.Contains("set OWP_INVITE to its text", refused.Error, StringComparison.Ordinal);

        var made = await _owp.RunAsync("admin invite --uses 2 --expires-in 12h --trust-tier untrusted --repo acme/shop,acme/site");
        var text = Cell(made, "text");
        Assert.Contains(
            $"OWP_INVITE={text} owp worker register --server {_pool.Address.AbsoluteUri.TrimEnd('/')}", made.Error, StringComparison.Ordinal);
        var ada = await _owp.RunAsync($"worker register --name ada --invite {text} --json worker_id");
        _owp.Variables["OWP_INVITE"] = text;
        var bob = await _owp.RunAsync("worker register --name bob --debug");
        var eve = await _owp.RunAsync("worker register --name eve");

        var trust = await _owp.RunAsync($"admin worker view {(string)ada.Json()["worker_id"]!} --json trust_tier");
        Assert.Equal("untrusted", (string?)trust.Json()["trust_tier"]);
        Assert.Equal(ExitCodes.Done, bob.ExitCode);
        Assert.DoesNotContain(text, bob.Output + bob.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NeedsAuth, eve.ExitCode);
        Assert.Equal(before + 2, (await _pool.Admin.GetStateAsync()).WorkersOnline);
        var listed = await _owp.RunAsync("admin invites");
        Assert.Contains(listed.Cells(), cells => cells[0] == Cell(made, "invite")
            && cells is [_, "2/2", "untrusted", _, "acme/shop,acme/site", ..]);
        Assert.DoesNotContain(text, listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invite_Revoked_LetsNobodyIn()
    {
        var made = (await _owp.RunAsync("admin invite --json")).Json();
        var id = (string)made["invite_id"]!;

        Assert.Contains($"Revoked invite {id}", (await _owp.RunAsync($"admin invites revoke {id}")).Error, StringComparison.Ordinal);

        Assert.Equal(ExitCodes.NeedsAuth, (await _owp.RunAsync($"worker register --name ada --invite {made["invite"]}")).ExitCode);
        Assert.DoesNotContain(id, (await _owp.RunAsync("admin invites")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_OfThePool_IsShownToldToWorkersAndEnds()
    {
        await RegisterAsync("ada");

        var paused = await _owp.RunAsync(["admin", "pause", "--note", "Release week", "--until", "2099-03-01"]);
        Assert.Equal([["pool paused", "true"], ["until", "2099-03-01T00:00:00.000Z"]], paused.Cells());
        var state = await _owp.RunAsync("admin state");
        Assert.Contains(state.Cells(), cells => cells is ["pool paused", "true"]);
        Assert.Contains(state.Cells(), cells => cells is ["merged unconfirmed", "0"]);
        Assert.Contains("Warning: the pool is paused", state.Error, StringComparison.Ordinal);
        var told = (await _owp.RunAsync("worker resume")).Error;
        Assert.Contains("The maintainers have paused the whole pool: Release week.", told, StringComparison.Ordinal);
        Assert.Contains("until 2099-03-01 00:00:00Z, or until they resume it.", told, StringComparison.Ordinal);

        Assert.Equal([["pool paused", "false"], ["until", ""]], (await _owp.RunAsync("admin resume")).Cells());
        Assert.False((bool)(await _owp.RunAsync("admin state --json paused")).Json()["paused"]!);
        Assert.DoesNotContain("paused", (await _owp.RunAsync("worker resume")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RevokeWorker_WithUndo_PutsBackReviewsAndUnconfirmedMerges()
    {
        var (id, token) = await RegisterAsync("mallory");
        var tasks = new List<string>();
        for (var number = 0; number < 2; number++) tasks.Add((await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix"))).TaskId);
        using (var worker = _pool.Admin.AsWorker(token))
        {
            var number = 0;
            foreach (var lease in (await worker.GetWorkAsync()).Leases)
            {
                var artifact = new Artifact { PrUrl = new Uri($"https://github.com/acme/shop/pull/{++number}") };
                await worker.ReportAsync(lease.TaskId, new ReportRequest(ReportedStatus.PrOpened) { Artifact = artifact });
            }
            await worker.ReportAsync(tasks[0], new ReportRequest(ReportedStatus.Merged));
        }
        Assert.Contains((await _owp.RunAsync("status")).Cells(), cells => cells is ["merged unconfirmed", "1"]);

        _owp.Typed = "mallory\n";
        var revoked = await _owp.RunAsync($"admin worker revoke {id} --undo");

        Assert.Contains(revoked.Cells(), cells => cells is ["revoked", "true"]);
        Assert.Contains("its reviews and its unconfirmed merges. Type mallory", revoked.Error, StringComparison.Ordinal);
        Assert.Contains("Put back 2 tasks", revoked.Error, StringComparison.Ordinal);
        foreach (var task in tasks) Assert.Equal("ready", (await _pool.Admin.GetTaskAsync(task)).Status);
    }

    [Theory]
    [InlineData("admin token create grace", "--role")]
    [InlineData("admin token create grace --role king", "king")]
    [InlineData("admin token create root --role admin", "root")]
    [InlineData("admin token create grace --role admin --expires-in 59", "60")]
    [InlineData("admin token revoke nobody", "404")]
    [InlineData("admin invite --uses 0", "--uses")]
    [InlineData("admin invite --uses 1001", "--uses")]
    [InlineData("admin invite --expires-in soon", "--expires-in")]
    [InlineData("admin invite --trust-tier king", "king")]
    [InlineData("admin invite --repo a/b/c", "repos")]
    [InlineData("admin invites revoke i_none", "404")]
    [InlineData("admin pause --until lately", "--until 'lately'")]
    [InlineData("admin pause --until 2020-01-01", "until")]
    [InlineData("admin pause --json colour", "paused")]
    public async Task Any_SomethingWrong_SaysWhatAndDoesNothing(string line, string named)
    {
        var before = (await _pool.Admin.ListTokensAsync(), await _pool.Admin.ListInvitesAsync());

        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.False((await _pool.Admin.GetStateAsync()).Paused);
        Assert.Equal(before.Item1.Select(token => token.Name), (await _pool.Admin.ListTokensAsync()).Select(token => token.Name));
        Assert.Equal(before.Item2.Select(invite => invite.InviteId), (await _pool.Admin.ListInvitesAsync()).Select(invite => invite.InviteId));
    }

    private static string Cell(ProgramResult result, string name) => result.Cells().Single(cells => cells[0] == name)[1];

    private async Task<TimeSpan> LifetimeAsync(string name)
    {
        var token = (await _pool.Admin.ListTokensAsync()).Single(known => known.Name == name);
        return token.ExpiresAt!.Value - token.CreatedAt;
    }

    private async Task<(string Id, string Token)> RegisterAsync(string name)
    {
        var invite = await _pool.Admin.CreateInviteAsync(new InviteRequest());
        var registered = (await _owp.RunAsync($"worker register --name {name} --invite {invite.Invite} --no-save --json")).Json();
        _owp.Variables["OWP_TOKEN"] = (string)registered["token"]!;
        return ((string)registered["worker_id"]!, (string)registered["token"]!);
    }
}

/// <summary>A pool where nobody registers without an invite.</summary>
public sealed class InvitingPool : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal TestPool Pool { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Pool = await TestPool.StartAsync(_folder.File("pool.db"), ("OwpPool__Registration__Mode", "invite"));
        await Pool.Admin.PutRepoAsync(new RepoRequest("acme/shop") { MaxOpenPrs = 5 });
    }

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        _folder.Dispose();
    }
}
