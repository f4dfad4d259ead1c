using System.Text.Json;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>Which addresses a worker may report as its pull request, over HTTP (protocol rule 10).</summary>
public sealed class PullRequestAddressTests(PullRequestAddressTests.Fixture fixture) : IClassFixture<PullRequestAddressTests.Fixture>
{
    private readonly TestServer _server = fixture.Server;

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(("OwpPool__Artifacts__Hosts", "git.acme.example:3000=gitea"));

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    [Theory]
    [InlineData("https://gitlab.com/g/sub/p/-/merge_requests/42",
        "https://gitlab.com/g/sub/p/-/merge_requests/42/diffs https://gitlab.com/g/sub/p/-/merge_requests/42/diffs.diff?diff_id=1 " +
        "https://gitlab.com/g/sub/p/-/merge_requests/42#note_1 https://gitlab.com/g/sub/p/merge_requests/42 https://gitlab.com/g/sub/p/-/merge_requests/42/")]
    [InlineData("https://codeberg.org/a/b/pulls/7", "https://codeberg.org/a/b/pulls/7/files https://codeberg.org/a/b/pulls/7/commits/abc")]
    [InlineData("https://bitbucket.org/a/b/pull-requests/3",
        "https://bitbucket.org/a/b/pull-requests/3/diff https://bitbucket.org/a/b/pull-requests/3/branch-title https://bitbucket.org/a/b/pull-requests/3/overview")]
    [InlineData("https://github.com/acme/shop/pull/7",
        "https://github.com/acme/shop/pull/7/files https://github.com/acme/shop/pull/7.diff https://github.com/acme/shop/pull/7.patch " +
        "https://github.com//acme/shop/pull/7 https://github.com/acme/shop/pull/07 https://github.com/Acme/Shop/pull/7 " +
        "https://github.com/acme/shop/pull/7/commits/0123456 http://github.com/acme/shop/pull/7 https://www.github.com/acme/shop/pull/7 " +
        "https://github.com:443/acme/shop/pull/7 https://user@github.com/acme/shop/pull/7 https://github.com/./acme/shop/pull/7 " +
        "https://github.com/acme/shop/pull/%37 https://github.com./acme/shop/pull/7")]
    [InlineData("https://git.acme.example:3000/a/b/pulls/1",
        "https://git.acme.example:3000/a/b/pulls/1/files https://git.acme.example:3000/a/b/pulls/1.diff https://git.acme.example:3001/a/b/pulls/1")]
    [InlineData("https://git.elsewhere.example/a/b/pulls/7", "https://git.elsewhere.example/a/b/pulls/7/files https://git.elsewhere.example//a/b/pulls/7")]
    public async Task Report_OnePullRequestByAnotherAddress_ServesNoSecondTask(string first, string others)
    {
        var skill = Path.GetRandomFileName();
        var repo = await AddRepoWithoutOwnerAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"],"priority":100""");
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var leases = (await _server.GetAsync("/v1/work?max=2", token)).Json!["leases"]!.AsArray();
        var tasks = leases.Select(lease => (string)lease!["task_id"]!).ToList();
        Assert.Equal(2, tasks.Count);

        Assert.Equal(200, (await ReportAsync(tasks[0], first, token)).Status);

        foreach (var other in others.Split(' ').Append(first))
        {
            var answer = await ReportAsync(tasks[1], other, token);
            if (answer.Status == 400) answer.MustReject("artifact.pr_url");
            else Assert.Equal("already_exists", (string?)answer.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        }
        Assert.Equal("leased", (await _server.GetAsync($"/v1/tasks/{tasks[1]}", admin: TestServer.AdminToken)).Text("status"));
    }

    [Theory]
    [InlineData("https://github.com/acme/shop/pull/new/owp/t_1")]
    [InlineData("https://github.com/acme/shop/compare/main...x")]
    [InlineData("https://github.com/acme/shop/issues/7")]
    [InlineData("https://github.com/acme/shop/tree/x")]
    [InlineData("https://github.com/acme/shop")]
    [InlineData("https://github.com/acme/shop/pulls/5")]
    [InlineData("https://github.com/acme/shop/pull/")]
    [InlineData("https://github.com/acme/shop/pull/0")]
    [InlineData("https://gist.github.com/x/y")]
    [InlineData("https://gitlab.com/g/p/-/merge_requests/new")]
    [InlineData("https://bitbucket.org/a/b/pull-requests/new")]
    [InlineData("https://codeberg.org/a/b/compare/main...x")]
    [InlineData("https://git.acme.example:3000/a/b/issues/1")]
    public async Task Report_AnotherPageOfAForge_IsRefusedAndUsesNoBudget(string address)
    {
        foreach (var repo in new[] { await AddRepoWithoutOwnerAsync(), await _server.AddRepoAsync() })
        {
            var skill = Path.GetRandomFileName();
            var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
            var task = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            await _server.GetAsync("/v1/work", token);

            (await ReportAsync(task, address, token)).MustReject("artifact.pr_url");

            Assert.Equal("leased", (await _server.GetAsync($"/v1/tasks/{task}", admin: TestServer.AdminToken)).Text("status"));
            var budget = (await _server.GetAsync($"/v1/admin/repos/{repo}", admin: TestServer.AdminToken)).Json!["budget"]!;
            Assert.Equal((1, 0), ((int)budget["in_use"]!, (int)budget["under_review"]!));
        }
    }

    [Fact]
    public async Task Report_PortThatTheOperatorDidNotList_SaysWhatToList()
    {
        var (token, lease) = await _server.LeaseAsync();

        var answer = (await ReportAsync((string)lease["task_id"]!, "https://git.acme.example:3001/acme/web/pulls/1", token))
            .MustReject("artifact.pr_url");

        Assert.Contains("unless the operator lists git.acme.example:3001 in OwpPool__Artifacts__Hosts", answer.Body, StringComparison.Ordinal);
    }

    private async Task<string> AddRepoWithoutOwnerAsync()
    {
        var repo = $"r{Path.GetRandomFileName()}";
        Assert.Equal(201, (await _server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}","merge_authority":"worker"}""",
            admin: TestServer.AdminToken)).Status);
        return repo;
    }

    private Task<Answer> ReportAsync(string task, string address, string token) => _server.PostAsync($"/v1/tasks/{task}/status",
        $$$"""{"status":"pr_opened","artifact":{"pr_url":{{{JsonSerializer.Serialize(address)}}}}}""", token);
}
