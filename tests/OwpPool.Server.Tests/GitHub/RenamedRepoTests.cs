using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>A repository is renamed, transferred, or made anew under the old name: its id tells which is the pool's (field case 14).</summary>
[Collection(SignedServer.Name)]
public sealed class RenamedRepoTests(SignedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("acme/", true)]
    [InlineData("acme/", false)]
    [InlineData("globex/", true)]
    public async Task Renamed_UnderReview_MergeUnderTheNewNameCounts(string owner, bool isHeardOfBefore)
    {
        var held = await _server.HoldAsync();
        // Its id is known by an earlier event, or by that of the renaming itself.
        if (isHeardOfBefore) await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        else Assert.Equal(200, (await _server.ReportAsync(held)).Status);
        var name = NewNameOf(held.Repo, owner);

        Assert.Equal($"{held.Repo} is {name} on GitHub now.", await _server.MustDeliverAsync("repository", FakePull.Renamed(held.Repo, name)));
        var renamed = held.Pull with { Repo = name, RepositoryId = FakePull.IdOf(held.Repo) };
        Assert.Equal($"{held.TaskId} is merged.", await _server.MustDeliverAsync("pull_request", renamed.Close(merged: true).Event("closed")));

        Assert.Equal("merged", await _server.PhaseAsync(held.TaskId));
        Assert.Equal(held.Pull.Url, (string?)Assert.Single(await _server.EventsAsync(held.TaskId, "task.merged"))["pr_url"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MadeAnewUnderTheOldName_SamePullRequestMerged_MovesNothing(bool isRenamingHeardOf)
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var name = NewNameOf(held.Repo, "acme/");
        if (isRenamingHeardOf) await _server.MustDeliverAsync("repository", FakePull.Renamed(held.Repo, name));

        // Of the same name, number and author; another repository.
        var strangers = held.Named with { RepositoryId = 4_000_000_000 };
        Assert.Equal("Another repository has the name of the pool's repo now; its events move nothing.",
            await _server.MustDeliverAsync("pull_request", strangers.Close(merged: true).Event("closed")));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));

        // The right one still counts.
        var renamed = held.Pull with { Repo = name, RepositoryId = FakePull.IdOf(held.Repo) };
        await _server.MustDeliverAsync("pull_request", renamed.Later().Close(merged: true).Event("closed"));
        Assert.Equal("merged", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Renamed_WorkerReportsThePullRequestUnderTheNewName_IsTheSame()
    {
        var (held, other) = (await _server.HoldAsync(), await _server.HoldAsync());
        var name = NewNameOf(held.Repo, "acme/");
        await _server.MustDeliverAsync("repository", FakePull.Renamed(held.Repo, name));

        Assert.Equal(200, (await _server.ReportAsync(held, $"https://github.com/{name}/pull/7")).Status);
        Assert.Equal([held.Pull.Url], await _server.RowsAsync($"SELECT pr_url FROM pool_tasks WHERE task_id = '{held.TaskId}'"));
        // Another repo's tasks have no pull requests there.
        (await _server.ReportAsync(other, $"https://github.com/{name}/pull/8")).MustReject("pr_url");
    }

    [Fact]
    public async Task Renamed_RepoAddedAgainUnderTheNewName_EachTaskHearsOfItsOwn()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var name = NewNameOf(held.Repo, "acme/");
        await _server.MustDeliverAsync("repository", FakePull.Renamed(held.Repo, name));
        await _server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{name}}"}""", admin: TestServer.AdminToken);
        var skill = Path.GetRandomFileName();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"],"github_handle":"ada" """);
        var task = await _server.AddTaskAsync(name, $$""","required_skills":["{{skill}}"]""");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        var next = new Held(name, task, id, token);
        var renamed = next.Named with { Number = 8, RepositoryId = FakePull.IdOf(held.Repo) };

        await _server.MustDeliverAsync("pull_request", renamed.Event("opened"));
        await _server.MustDeliverAsync("pull_request", (renamed with { Number = 7, Body = null }).Close(merged: true).Event("closed"));

        Assert.Equal(("pr_opened", "merged"), (await _server.PhaseAsync(task), await _server.PhaseAsync(held.TaskId)));
    }

    [Fact]
    public async Task Renamed_LateEventUnderTheOldName_StillCountsAndDoesNotTakeTheNameBack()
    {
        var held = await _server.HoldAsync();
        var name = NewNameOf(held.Repo, "acme/");
        await _server.MustDeliverAsync("repository", FakePull.Renamed(held.Repo, name));

        await _server.MustDeliverAsync("pull_request", held.Named.Later(-3600).Event("opened"));

        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        Assert.Equal([name], await _server.RowsAsync(
            $"SELECT json_extract(PayloadBinary, '$.github.name') FROM OrleansStorage WHERE GrainTypeString = 'repo' AND GrainIdExtensionString = 'repo/{held.Repo.ToLowerInvariant()}'"));
        Assert.Single(await _server.EventsAsync(held.Repo.ToLowerInvariant(), "repo.github_linked"));
    }

    [Theory]
    [InlineData("renamed", "The pool has no such repo.", "stored")]
    [InlineData("archived", null, "ignored")]
    public async Task Repository_UnknownOrOtherwiseChanged_IsTakenAndListed(string action, string? outcome, string result)
    {
        var body = FakePull.Renamed("nobody/knows", "nobody/knew").Replace("\"renamed\"", $"\"{action}\"", StringComparison.Ordinal);
        var answer = await _server.DeliverAsync("repository", body);
        Assert.Equal((202, result), (answer.Status, answer.Text("result")));
        if (outcome is not null) Assert.Equal(outcome, await _server.MustDeliverAsync("repository", body));
    }

    private static string NewNameOf(string repo, string owner) => $"{owner}{repo.Split('/')[1]}-renamed";
}
