using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Admin;

public sealed class StateTests
{
    [Fact]
    public async Task State_TasksInEveryPhase_CountsThem()
    {
        await using var server = await TestServer.StartAsync();
        var repo = await server.AddRepoAsync(""","max_open_prs":10""");
        var (_, token) = await server.RegisterAsync(""","max_concurrent_tasks":10,"capacity_points":100""");
        for (var i = 0; i < 5; i++) await server.AddTaskAsync(repo);
        var leases = (await server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray();
        await server.AddTaskAsync(repo, ""","required_skills":["nobody"]""");
        foreach (var (at, statuses) in new (int, string[])[] { (1, ["in_progress"]), (2, ["in_progress", "blocked"]), (3, ["pr_opened"]), (4, ["pr_opened", "merged"]) })
            foreach (var status in statuses)
                Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{leases[at]!["task_id"]}/status", $$"""{"status":"{{status}}"}""", token)).Status);

        await server.AddTaskAsync(repo);
        Assert.Single((await server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]!.AsArray());

        var answer = await server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken);
        Assert.Equal(200, answer.Status);
        Assert.Equal(
            $$"""{"paused":false,"workers_online":1,"tasks_queued":1,"tasks_in_progress":1,"repositories":[{"repo":"{{repo}}","max_open_prs":10,"current_open_prs":1,"reserved":5}],"tasks_ready":1,"tasks_offered":1,"tasks_leased":1,"tasks_pr_opened":1,"tasks_blocked":1,"tasks_merged":1,"tasks_merged_unconfirmed":1,"tasks_dead_letter":0}""",
            answer.Body);
    }
}
