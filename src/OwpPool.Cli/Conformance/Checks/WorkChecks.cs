using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Asking for work (protocol §2).</summary>
internal static class WorkChecks
{
    private static readonly string[] CoreMembers =
        ["task_id", "repo", "title", "estimate_points", "priority", "area", "required_skills", "lease_expires_at"];

    private static readonly string[] PoolMembers =
        ["description", "tier", "lease_id", "fencing_token", "attempt", "status", "lease_ttl_seconds"];

    public static Section All => new("§2 Work")
    {
        { "work.lease", Level.Core, "GET /v1/work gives a lease with its task.", LeaseAsync },
        { "work.members", Level.Core, "A lease has the members of OWP v0.1.", stage => MembersAsync(stage, CoreMembers) },
        { "work.more-members", Level.Pool,
            "A lease has lease_id, fencing_token, attempt, status and lease_ttl_seconds, and the task's text.", stage =>
            MembersAsync(stage, PoolMembers) },
        { "work.none", Level.Core, "Where there is no work, leases is empty and the answer 200.", NoneAsync },
        { "work.one-holder", Level.Core, "A task has one holder: workers that ask at once never get the same.", OneHolderAsync },
        { "work.again", Level.Pool, "Asking again never loses a lease: the answer has all that are held.", AgainAsync },
        { "work.no-store", Level.Pool, "The answer is not to be stored: Cache-Control: no-store.", async stage =>
        {
            var answer = (await (await stage.WorkerAsync()).GetAsync("/v1/work")).Is(200);
            answer.Must(answer.Header("Cache-Control")?.Contains("no-store", StringComparison.Ordinal) is true, "Cache-Control: no-store");
        } },
        { "work.retry-after", Level.Pool, "The answer says when to ask again.", async stage =>
            (await (await stage.WorkerAsync()).GetAsync("/v1/work")).Is(200).Whole("retry_after_seconds") },
        { "work.max", Level.Pool, "max bounds the new leases of a request, 1 to 20.", MaxAsync },
        { "work.wait", Level.Pool, "A long poll answers as soon as there is work.", WaitAsync },
        { "work.wait-none", Level.Pool, "A long poll without work waits as long as it was asked to, and is 200.", WaitNoneAsync },
        { "work.bounds", Level.Pool, "wait_seconds is 0 to 60 and max 1 to 20; else 400.", BoundsAsync },
        { "claims.lease", Level.Pool, "POST /v1/claims answers as GET /v1/work does.", ClaimAsync },
        { "claims.repos", Level.Pool, "A claim for some repos gets nothing of others.", ClaimReposAsync },
        { "claims.exclude", Level.Pool, "A claim gets nothing that it excludes.", ClaimExcludeAsync },
        { "claims.bounds", Level.Pool, "A claim's wait_seconds is 0 to 60 and max 1 to 20; else 400.", ClaimBoundsAsync },
        { "explain.task", Level.Pool, "Explain says why a worker does not get a task, and nothing where it would.", ExplainTaskAsync },
        { "explain.repos", Level.Pool, "Explain counts the tasks of a repo by the reason that keeps them back.", ExplainReposAsync },
    };

    private static async Task LeaseAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync(points: 1, concurrent: 1);
        var taskId = await stage.TaskAsync();
        var answer = (await worker.GetAsync("/v1/work")).Is(200).Has("worker_id", worker.Id);
        answer.Must(Lease.ListOf(answer).Any(lease => lease.TaskId == taskId), $"a lease of {taskId}");
    }

    private static async Task MembersAsync(Stage stage, string[] members)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker, new JsonObject { ["area"] = stage.Mark, ["description"] = "Nothing to do." });
        foreach (var member in members)
            lease.Answer.Must(lease.View.At(member) is { ValueKind: not JsonValueKind.Null }, $"a lease with '{member}'");
        lease.Answer.Must(lease.Text("repo") == stage.Repo, $"the repo {stage.Repo}");
    }

    private static async Task NoneAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 0, "no lease");
    }

    private static async Task OneHolderAsync(Stage stage)
    {
        var workers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => stage.WorkerAsync()));
        for (var i = 0; i < 3; i++) await stage.TaskAsync();
        var told = new List<(string WorkerId, Lease Lease)>();
        // And once more when all have been served.
        for (var round = 0; round < 2; round++)
        {
            var answers = await Task.WhenAll(workers.Select(async worker => (worker.Id, Leases: await worker.AskAsync())));
            told.AddRange(answers.SelectMany(answer => answer.Leases.Select(lease => (answer.Id, lease))));
        }
        var holders = told.GroupBy(one => one.Lease.TaskId, one => one.WorkerId)
            .Select(task => (task.Key, Workers: task.Distinct().ToList())).ToList();
        if (holders.Find(task => task.Workers.Count > 1) is ({ } taskId, { } both))
        {
            told.Last(one => one.Lease.TaskId == taskId).Lease.Answer.Must(false, "each task for one worker",
                $"{taskId} for {string.Join(" and ", both)}");
        }
        if (holders.Count != 3) throw new CheckFailedException(null, "all 3 tasks given out", $"{holders.Count} given out");
    }

    private static async Task AgainAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var first = await stage.LeaseAsync(worker);
        var secondId = await stage.TaskAsync();
        var answer = (await worker.GetAsync("/v1/work")).Is(200);
        var held = Lease.ListOf(answer).Select(lease => lease.TaskId).ToList();
        answer.Must(held.Contains(first.TaskId) && held.Contains(secondId), $"leases of {first.TaskId} and {secondId}");
    }

    private static async Task MaxAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        for (var i = 0; i < 3; i++) await stage.TaskAsync();
        var one = (await worker.GetAsync("/v1/work?max=1")).Is(200);
        one.Must(Lease.ListOf(one).Count(stage.IsOurs) == 1, "one lease");
        var two = await worker.AskForAnswerAsync(max: 1);
        two.Answer.Must(two.Leases.Count == 2, "two leases: the old one and one more");
    }

    private static async Task WaitAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var watch = Stopwatch.StartNew();
        var asked = worker.AskForAnswerAsync(wait: 20);
        await Task.Delay(TimeSpan.FromMilliseconds(500), stage.Cancellation);
        var taskId = await stage.TaskAsync();
        var (answer, leases) = await asked;
        answer.Must(leases.Any(lease => lease.TaskId == taskId), $"a lease of {taskId}, added while it waited");
        answer.Must(watch.Elapsed < TimeSpan.FromSeconds(15), "an answer as soon as there is work",
            $"one after {watch.Elapsed.TotalSeconds:0.#} s");
    }

    private static async Task WaitNoneAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var watch = Stopwatch.StartNew();
        var (answer, leases) = await worker.AskForAnswerAsync(wait: 2);
        answer.Must(leases.Count == 0, "no lease");
        answer.Must(watch.Elapsed > TimeSpan.FromSeconds(1.5), "an answer after 2 s", $"one after {watch.Elapsed.TotalSeconds:0.##} s");
    }

    private static async Task BoundsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        foreach (var query in new[] { "wait_seconds=61", "wait_seconds=-1", "wait_seconds=soon", "max=0", "max=21" })
            (await worker.GetAsync($"/v1/work?{query}")).Rejects(query.Split('=')[0]);
    }

    private static async Task ClaimAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        var answer = (await worker.PostAsync("/v1/claims", new JsonObject { ["repos"] = new JsonArray(stage.Repo) })).Is(200)
            .Has("worker_id", worker.Id);
        answer.Must(Lease.ListOf(answer).Any(lease => lease.TaskId == taskId), $"a lease of {taskId}");
        answer.Whole("retry_after_seconds");
    }

    private static async Task ClaimReposAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        await stage.TaskAsync();
        var answer = (await worker.PostAsync("/v1/claims", new JsonObject { ["repos"] = new JsonArray("conformance/none-such") })).Is(200);
        answer.Must(answer.Items("leases").Count == 0, "no lease of another repo");
    }

    private static async Task ClaimExcludeAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var (unwanted, wanted) = (await stage.TaskAsync(), await stage.TaskAsync());
        var body = new JsonObject { ["repos"] = new JsonArray(stage.Repo), ["exclude"] = new JsonArray(unwanted) };
        var answer = (await worker.PostAsync("/v1/claims", body)).Is(200);
        var held = Lease.ListOf(answer).Select(lease => lease.TaskId).ToList();
        answer.Must(held.SequenceEqual([wanted]), $"a lease of {wanted} and none of {unwanted}");
    }

    private static async Task ClaimBoundsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        foreach (var (field, value) in new[] { ("wait_seconds", 61), ("wait_seconds", -1), ("max", 0), ("max", 21) })
            (await worker.PostAsync("/v1/claims", new JsonObject { [field] = value })).Rejects(field);
    }

    private static async Task ExplainTaskAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var good = await stage.TaskAsync();
        var bad = await stage.TaskAsync(new JsonObject { ["required_skills"] = new JsonArray(stage.Skill, stage.Mark) });
        var yes = (await worker.GetAsync($"/v1/work/explain?task_id={good}")).Is(200).Has("task.task_id", good);
        yes.Must(yes.Find("task.reason") is null or { ValueKind: JsonValueKind.Null }, "no reason for a task that it would get");
        (await worker.GetAsync($"/v1/work/explain?task_id={bad}")).Is(200).Text("task.reason");
    }

    private static async Task ExplainReposAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        await stage.TaskAsync(new JsonObject { ["required_skills"] = new JsonArray(stage.Skill, stage.Mark) });
        var answer = (await worker.GetAsync("/v1/work/explain")).Is(200);
        var repo = answer.Items("repos").FirstOrDefault(item => item.TextAt("repo") == stage.Repo);
        answer.Must(repo.At("reasons") is { ValueKind: JsonValueKind.Object } reasons && reasons.EnumerateObject().Any(),
            $"counts by reason for {stage.Repo}");
    }
}
