using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Output;

public sealed class JqTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public JqTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Jq_OnListsViewsAndStreams_FiltersTheJson()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);

        Assert.Equal("Fix it ready\n", (await _owp.RunAsync(
            ["task", "list", "--repo", repo, "--jq", ".[] | \"\\(.title) \\(.status)\""])).Output);
        Assert.Equal($"{id}\n", (await _owp.RunAsync(["task", "view", id, "--json", "id", "--jq", ".id"])).Output);
        Assert.Equal("repo.created\ntask.created\n", (await _owp.RunAsync(["events", "--repo", repo, "--jq", ".event_type"])).Output);
        Assert.Equal("0\n", (await _owp.RunAsync(["desk", "--repo", repo, "--jq", ".reviews.total"])).Output);
        Assert.Equal("Fix it\tready\n", (await _owp.RunAsync(
            ["task", "list", "--repo", repo, "--jq", ".[] | [.title, .status] | @tsv"])).Output);
    }

    [Theory]
    [InlineData(".[", "--jq is no expression that jq can read")]
    [InlineData(".foo", "--jq: ")]
    public async Task Jq_ThatDoesNotWork_IsAnErrorThatSaysWhy(string expression, string said)
    {
        var repo = await _pool.NewRepoAsync();
        await _pool.NewTaskAsync(repo);

        var result = await _owp.RunAsync(["task", "list", "--repo", repo, "--jq", expression]);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(said, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jq_WrongExpression_StopsBeforeAnythingIsChanged()
    {
        var id = await _pool.NewTaskAsync(await _pool.NewRepoAsync());

        Assert.Equal(ExitCodes.Error, (await _owp.RunAsync(["task", "cancel", id, "--reason", "No", "--yes", "--jq", ".["])).ExitCode);
        Assert.Equal("ready", (await _pool.Admin.GetTaskAsync(id)).Status);
    }

    public void Dispose() => _owp.Dispose();
}
