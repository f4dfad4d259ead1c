using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 10: whose word merges, and what a pull request is.</summary>
internal static class MergeRules
{
    public static Section All => new("§4.10 Merges and pull requests")
    {
        { "R10.1", Level.Pool, "Where maintainers merge, a worker's 'merged' is a claim: 200, and still under review.",
            stage => ClaimAsync(stage, "maintainer"),
            Lane.Alone },
        { "R10.2", Level.Pool, "Where GitHub merges, a worker's 'merged' is a claim: 200, and still under review.",
            stage => ClaimAsync(stage, "github"),
            Lane.Alone },
        { "R10.3", Level.Pool, "Where maintainers merge, their accept does.", async stage =>
        {
            await stage.SetRepoAsync(new JsonObject { ["merge_authority"] = "maintainer" });
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            await stage.ActAsync(lease.TaskId, "accept");
            await stage.MustBeAsync(lease.TaskId, "merged");
        }, Lane.Alone },
        { "R10.4", Level.Pool, "Where workers do not merge, 'completed' without a pull request is 400.", async stage =>
        {
            await stage.SetRepoAsync(new JsonObject { ["merge_authority"] = "maintainer" });
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
            (await worker.ReportAsync(lease.TaskId, "completed")).IsProblem(400, "validation_error");
        }, Lane.Alone },
        { "R10.5", Level.Pool, "A pull request's address is https.", stage => UrlsAsync(stage,
            $"http://github.com/{stage.Repo}/pull/1", "javascript:alert(1)", $"ftp://github.com/{stage.Repo}/pull/1",
                $"//github.com/{stage.Repo}/pull/1", $"github.com/{stage.Repo}/pull/1") },
        { "R10.6", Level.Pool, "A pull request's address is on a host that is allowed.", stage => UrlsAsync(stage,
            $"https://evil.example/{stage.Repo}/pull/1", $"https://github.com.evil.example/{stage.Repo}/pull/1",
                $"https://127.0.0.1/{stage.Repo}/pull/1") },
        { "R10.7", Level.Pool, "A pull request's address is parsed strictly: no user, no port, no tricks.", stage => UrlsAsync(stage,
            $"https://github.com@evil.example/{stage.Repo}/pull/1", $"https://github.com:8443/{stage.Repo}/pull/1",
                $"https://github.com\\@evil.example/{stage.Repo}/pull/1", $"https://user:pass@github.com/{stage.Repo}/pull/1",
                $"https://github.com/{stage.Repo}/pull/1\n") },
        { "R10.8", Level.Pool, "Addresses on github.com and gitlab.com are taken.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            foreach (var url in new[] { stage.NewPullRequest(), $"https://gitlab.com/{stage.Repo}/-/merge_requests/7" })
                (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "pr_opened", Artifact(url))).Is(200);
        } },
        { "R10.9", Level.Pool, "One pull request serves one task.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var url = stage.NewPullRequest();
            (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "pr_opened", Artifact(url))).Is(200);
            var second = await stage.LeaseAsync(worker);
            (await worker.ReportAsync(second.TaskId, "pr_opened", Artifact(url))).IsProblem(409, "conflict", "already_exists");
            await stage.MustBeAsync(second.TaskId, "leased");
        } },
        { "R10.10", Level.Pool, "A worker that is not trusted has few unconfirmed reviews in a repo; one more is 409 limit_reached.",
            ReviewsAsync },
        { "R10.11", Level.Pool, "Every spelling and sub-page of a pull request is that one; no other page is a pull request.", SpellingsAsync },
    };

    private static async Task SpellingsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var url = stage.NewPullRequest();
        (await worker.ReportAsync((await stage.LeaseAsync(worker)).TaskId, "pr_opened", Artifact(url))).Is(200);
        var second = await stage.LeaseAsync(worker);
        foreach (var other in new[] { $"{url}/files", $"{url}/commits/0123456", $"{url}#note", $"{url}?w=1", $"{url}/" })
            (await worker.ReportAsync(second.TaskId, "pr_opened", Artifact(other))).IsProblem(409, "conflict", "already_exists");
        foreach (var page in new[] { "pull/new/branch", "compare/main...x", "issues/7", "tree/x", "pulls/5", "pull/0", "pull/" })
        {
            (await worker.ReportAsync(second.TaskId, "pr_opened", Artifact($"https://github.com/{stage.Repo}/{page}")))
                .IsProblem(400, "validation_error");
        }
        await stage.MustBeAsync(second.TaskId, "leased");
    }

    private static JsonObject Artifact(string url) => new() { ["artifact"] = new JsonObject { ["pr_url"] = url } };

    private static async Task ClaimAsync(Stage stage, string authority)
    {
        await stage.SetRepoAsync(new JsonObject { ["merge_authority"] = authority });
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress", "pr_opened");
        var before = await BudgetInUseAsync(stage);
        (await worker.ReportAsync(lease.TaskId, "merged")).Is(200).Has("status", "pr_opened");
        await stage.MustBeAsync(lease.TaskId, "pr_opened");
        var after = await stage.Admin.GetAsync("/v1/admin/state");
        after.Must(StateChecks.RepoIn(after, stage).WholeAt("reserved") == before, "a task that keeps its place in the review budget");
    }

    private static async Task<long?> BudgetInUseAsync(Stage stage) =>
        StateChecks.RepoIn((await stage.Admin.GetAsync("/v1/admin/state")).Is(200), stage).WholeAt("reserved");

    /// <summary>How many is an option of the server's; three is its default.</summary>
    private static async Task ReviewsAsync(Stage stage)
    {
        const int NotFew = 10;
        var worker = await stage.FreshWorkerAsync(points: NotFew, concurrent: NotFew);
        for (var made = 0; made < NotFew; made++) await stage.TaskAsync();
        // All at once: who has as many reviews as it may gets no further task.
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == NotFew, $"{NotFew} leases for a worker without reviews");
        var opened = 0;
        foreach (var lease in leases)
        {
            answer = await worker.ReportAsync(lease.TaskId, "pr_opened", Artifact(stage.NewPullRequest()));
            if (answer.Status != 200)
            {
                answer.IsProblem(409, "conflict", "limit_reached").Must(opened > 0, "a first review of the worker");
                await stage.MustBeAsync(lease.TaskId, "leased");
                (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/trust-tier", new JsonObject { ["tier"] = "trusted" })).Is(200);
                await worker.TakeAsync(lease.TaskId, "pr_opened");
                return;
            }
            opened++;
        }
        answer.Must(false, $"a 409 before {NotFew} reviews that nobody has confirmed");
    }

    private static async Task UrlsAsync(Stage stage, params string[] urls)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        foreach (var url in urls) (await worker.ReportAsync(lease.TaskId, "pr_opened", Artifact(url))).IsProblem(400, "validation_error");
        await stage.MustBeAsync(lease.TaskId, "leased");
    }
}
