using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 1: who gets what.</summary>
internal static class EligibilityRules
{
    public static Section All => new("§4.1 Eligible")
    {
        { "R1.1", Level.Core, "A worker without a required skill does not get the task.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            await stage.TaskAsync(new JsonObject { ["required_skills"] = new JsonArray(stage.Skill, stage.Mark) });
            await GetsNothingAsync(worker, "a task whose second skill it lacks");
        } },
        { "R1.2", Level.Core, "A worker with more skills than required gets the task.", async stage =>
            await stage.LeaseAsync(await stage.FreshWorkerAsync(20, 10, stage.Mark)) },
        { "R1.3", Level.Pool, "Skills are compared trimmed and in any case.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync(20, 10, $" {stage.Mark.ToUpperInvariant()} ");
            await stage.LeaseAsync(worker,
                new JsonObject { ["required_skills"] = new JsonArray(stage.Skill.ToUpperInvariant(), stage.Mark) });
        } },
        { "R1.14", Level.Pool, "Skills are compared in NFC: a letter of two code points is the letter.", async stage =>
        {
            var worker = await stage.FreshWorkerAsync(20, 10, $"{stage.Mark}-gr\u00F6\u00DFe");
            await stage.LeaseAsync(worker, new JsonObject { ["required_skills"] = new JsonArray(stage.Skill, $"{stage.Mark}-gro\u0308\u00DFe") });
        } },
        { "R1.4", Level.Pool, "A task that requires no skill is for anyone.", NoSkillsAsync },
        { "R1.5", Level.Pool, "A task is given to nobody before its not_before.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            await stage.TaskAsync(new JsonObject { ["not_before"] = "2099-01-01T00:00:00Z" });
            await GetsNothingAsync(worker, "a task of the year 2099");
            await stage.LeaseAsync(worker, new JsonObject { ["not_before"] = "2020-01-01T00:00:00Z" });
        } },
        { "R1.6", Level.Pool, "A task waits until those that it depends on are merged.", DependencyAsync },
        { "R1.7", Level.Pool, "A paused repo hands out nothing, and goes on when it is resumed.", RepoPausedAsync, Lane.Alone },
        { "R1.8", Level.Pool, "A worker that an admin paused gets nothing, until it is resumed.", PausedByAdminAsync },
        { "R1.9", Level.Pool, "A worker gets no task of a tier above its trust.", TrustAsync },
        { "R1.10", Level.Pool, "A repo's trust policy decides which tiers a trust may take.", TrustPolicyAsync, Lane.Alone },
        { "R1.11", Level.Pool, "A worker does not get what it has just rejected.", RejectedAsync },
        { "R1.12", Level.Pool, "Who is offline gets nothing until it is back.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var taskId = await stage.TaskAsync();
            (await worker.HeartbeatAsync("offline")).Is(200);
            (await worker.HeartbeatAsync("idle")).Is(200);
            await stage.GetAsync(worker, taskId);
        } },
        { "R1.13", Level.Pool, "Who has released or failed a task does not get it again while another could take it.", HeldLatelyAsync },
    };

    /// <summary>The worker must get no lease.</summary>
    public static async Task GetsNothingAsync(Worker worker, string but)
    {
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 0, $"no lease of {but}");
    }

    private static async Task NoSkillsAsync(Stage stage)
    {
        // Tier 3 keeps it from whoever else asks this pool for work.
        var worker = await stage.FreshWorkerAsync();
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/trust-tier", new JsonObject { ["tier"] = "maintainer" })).Is(200);
        await stage.LeaseAsync(worker, new JsonObject { ["required_skills"] = new JsonArray(), ["tier"] = 3 });
    }

    private static async Task DependencyAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var first = await stage.LeaseAsync(worker);
        var secondId = await stage.TaskAsync(new JsonObject { ["depends_on"] = new JsonArray(first.TaskId) });
        foreach (var status in new[] { "in_progress", "pr_opened" })
        {
            var (answer, leases) = await worker.AskForAnswerAsync();
            answer.Must(leases.All(lease => lease.TaskId != secondId), $"no lease of {secondId} while {first.TaskId} is not merged");
            await worker.TakeAsync(first.TaskId, status);
        }
        await worker.TakeAsync(first.TaskId, "merged");
        await stage.EventuallyAsync(async () =>
        {
            var (answer, leases) = await worker.AskForAnswerAsync();
            return (answer, leases.Any(lease => lease.TaskId == secondId));
        }, $"a lease of {secondId} when {first.TaskId} is merged");
    }

    private static async Task RepoPausedAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var held = await stage.LeaseAsync(worker);
        (await stage.Admin.PostAsync($"/v1/admin/repos/{stage.Repo}/pause")).Is(200);
        var taskId = await stage.TaskAsync();
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Count == 1 && leases[0].TaskId == held.TaskId, $"the old lease of {held.TaskId} and no new one");
        await worker.TakeAsync(held.TaskId, "in_progress");
        (await stage.Admin.PostAsync($"/v1/admin/repos/{stage.Repo}/resume")).Is(200);
        await stage.GetAsync(worker, taskId);
    }

    private static async Task PausedByAdminAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/pause")).Is(200);
        await GetsNothingAsync(worker, "a task for a worker that is paused");
        // What a worker says of itself does not undo it.
        (await worker.HeartbeatAsync("idle")).Is(200);
        await GetsNothingAsync(worker, "a task for a worker that is paused");
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/resume")).Is(200);
        await stage.GetAsync(worker, taskId);
    }

    private static async Task TrustAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        await stage.LeaseAsync(worker, new JsonObject { ["tier"] = 1 });
        var taskId = await stage.TaskAsync(new JsonObject { ["tier"] = 2 });
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.All(lease => lease.TaskId != taskId), "no lease of tier 2 for a worker of basic trust");
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/trust-tier", new JsonObject { ["tier"] = "trusted" })).Is(200);
        await stage.GetAsync(worker, taskId);
    }

    private static async Task TrustPolicyAsync(Stage stage)
    {
        await stage.SetRepoAsync(new JsonObject { ["trust"] = new JsonObject { ["untrusted"] = 0, ["basic"] = 0, ["trusted"] = 2,
            ["maintainer"] = 3 } });
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync(new JsonObject { ["tier"] = 1 });
        await GetsNothingAsync(worker, "tier 1 where basic trust may take tier 0");
        await stage.SetRepoAsync(new JsonObject { ["trust"] = new JsonObject { ["untrusted"] = 0, ["basic"] = 1, ["trusted"] = 2,
            ["maintainer"] = 3 } });
        await stage.GetAsync(worker, taskId);
    }

    private static async Task HeldLatelyAsync(Stage stage)
    {
        var (first, second) = (await stage.LoneWorkerAsync(), await stage.LoneWorkerAsync());
        var released = await stage.LeaseAsync(first, stage.LoneFields());
        (await first.ReleaseAsync(released.TaskId)).Is(200);
        await GetsNothingAsync(first, "a task that it has just released, and another could take");
        await stage.GetAsync(second, released.TaskId);
        var failed = await stage.LeaseAsync(first, stage.LoneFields());
        (await first.ReportAsync(failed.TaskId, "failed")).Is(200);
        await GetsNothingAsync(first, "a task that it has just failed, and another could take");
        await stage.GetAsync(second, failed.TaskId);
    }

    private static async Task RejectedAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var offerId = await OfferChecks.OfferAsync(stage, worker, await stage.TaskAsync());
        (await worker.PostAsync($"/v1/work/offers/{offerId}/reject", new JsonObject { ["reason"] = "skill_mismatch" })).Is(200);
        await GetsNothingAsync(worker, "a task that it has just rejected");
    }
}
