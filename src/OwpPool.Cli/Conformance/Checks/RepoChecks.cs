using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Repos (protocol §3).</summary>
internal static class RepoChecks
{
    public static Section All => new("§3 Repos")
    {
        { "repo.upsert", Level.Core, "Registering a repo is 201 with ok and its key, also the second time.", async stage =>
        {
            for (var i = 0; i < 2; i++)
                (await stage.Admin.PostAsync("/v1/admin/repos", stage.Target.StandardSettings())).Is(201).Has("ok", true)
                    .Has("repo", stage.Repo);
        } },
        { "repo.keeps-tasks", Level.Core, "Changing a repo leaves its tasks alone.", KeepsTasksAsync },
        { "repo.required", Level.Core, "A repo needs its key.", async stage =>
            (await stage.Admin.PostAsync("/v1/admin/repos", new JsonObject { ["max_open_prs"] = 3 })).Is(400) },
        { "repo.negative-budget", Level.Core, "A budget below 0 is 400.",
            async stage => (await SetAsync(stage, "max_open_prs", -1)).Is(400) },
        { "repo.key", Level.Pool, "A key is 'name' or 'owner/name' of letters, digits, dot, underscore and hyphen.", KeyAsync },
        { "repo.key-case", Level.Pool, "Keys are compared in any case and shown as first written.", async stage =>
            (await stage.Admin.PostAsync("/v1/admin/repos", new JsonObject { ["repo"] = stage.Repo.ToUpperInvariant() })).Is(201)
                .Has("repo", stage.Repo) },
        { "repo.ranges", Level.Pool, "Settings out of their ranges are 400 and named.", RangesAsync },
        { "repo.words", Level.Pool, "merge_authority and area_lock_until take their words only.", WordsAsync },
        { "repo.trust", Level.Pool, "A trust policy maps each tier of trust to 0..3.", async stage =>
            (await SetAsync(stage, "trust", new JsonObject { ["basic"] = 4 })).IsProblem(400, "validation_error") },
        { "repo.get", Level.Pool, "GET shows config, budget in use, locked areas and backlog, by a path with / and with %2F.", GetAsync },
        { "repo.get-unknown", Level.Pool, "A repo that is not there is 404.", async stage =>
            (await stage.Admin.GetAsync("/v1/admin/repos/conformance/none-such")).IsProblem(404, "not_found") },
        { "repo.list", Level.Pool, "The list of repos has the repo.", ListAsync },
        { "repo.patch", Level.Pool, "PATCH changes what it names and keeps the rest; null is the default.", PatchAsync, Lane.Alone },
        { "repo.pause", Level.Pool, "Pausing and resuming is 200 and shows.", PauseAsync, Lane.Alone },
    };

    private static Task<WireAnswer> SetAsync(Stage stage, string setting, JsonNode? value) =>
        stage.Admin.PostAsync("/v1/admin/repos", new JsonObject { ["repo"] = stage.Repo, [setting] = value });

    private static async Task KeepsTasksAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        (await SetAsync(stage, "max_open_prs", 100)).Is(201);
        await stage.GetAsync(worker, taskId);
        (await SetAsync(stage, "max_open_prs", 100)).Is(201);
        await worker.TakeAsync(taskId, "in_progress");
    }

    private static async Task KeyAsync(Stage stage)
    {
        foreach (var key in new[] { "", "a b/c", "a/b/c/d", "a//b", "../etc", new string('r', 201), "emoji/🛠", "-/x?y" })
            (await stage.Admin.PostAsync("/v1/admin/repos", new JsonObject { ["repo"] = key })).Rejects("repo");
    }

    private static async Task RangesAsync(Stage stage)
    {
        foreach (var (setting, value) in new[]
            { ("max_open_prs", 101), ("max_open_prs", -1), ("lease_ttl_seconds", 0), ("lease_ttl_seconds", 86_401), ("max_attempts", 0) })
            (await SetAsync(stage, setting, value)).Rejects(setting);
    }

    private static async Task WordsAsync(Stage stage)
    {
        foreach (var setting in new[] { "merge_authority", "area_lock_until" }) (await SetAsync(stage, setting, "anybody"))
            .Rejects(setting);
    }

    private static async Task GetAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker, new JsonObject { ["area"] = stage.Mark });
        foreach (var path in new[] { $"/v1/admin/repos/{stage.Repo}", $"/v1/admin/repos/{Uri.EscapeDataString(stage.Repo)}" })
        {
            var repo = (await stage.Admin.GetAsync(path)).Is(200).Has("repo", stage.Repo);
            repo.Has("settings.max_open_prs", 100).Has("budget.max_open_prs", 100)
                .Must(repo.Whole("budget.in_use") > 0, "budget.in_use above 0");
            repo.Must(repo.Items("locked_areas").Any(area => area.TextAt("task_id") == lease.TaskId),
                $"the area that {lease.TaskId} locks");
            repo.Whole("backlog.ready");
        }
    }

    private static async Task ListAsync(Stage stage)
    {
        var path = "/v1/admin/repos?limit=200";
        for (string? cursor = null; ;)
        {
            var page = (await stage.Admin.GetAsync(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}")).Is(200);
            if (page.Items("items").Any(item => item.TextAt("repo") == stage.Repo)) return;
            cursor = page.TextOrNull("next_cursor");
            page.Must(cursor is not null, $"the repo {stage.Repo} in the list");
        }
    }

    private static async Task PatchAsync(Stage stage)
    {
        var path = $"/v1/admin/repos/{stage.Repo}";
        (await stage.Admin.PatchAsync(path, new JsonObject { ["max_open_prs"] = 7, ["max_attempts"] = 9 })).Is(200);
        (await stage.Admin.PatchAsync(path, new JsonObject { ["max_attempts"] = 2 })).Is(200);
        (await stage.Admin.GetAsync(path)).Is(200).Has("settings.max_open_prs", 7).Has("settings.max_attempts", 2)
            .Has("settings.area_locks_enabled", true);
        (await stage.Admin.PatchAsync(path, new JsonObject { ["max_open_prs"] = null })).Is(200);
        (await stage.Admin.GetAsync(path)).Is(200).Has("settings.max_open_prs", 3);
        (await stage.Admin.PatchAsync("/v1/admin/repos/conformance/none-such", new JsonObject { ["max_open_prs"] = 7 }))
            .IsProblem(404, "not_found");
    }

    private static async Task PauseAsync(Stage stage)
    {
        var path = $"/v1/admin/repos/{stage.Repo}";
        (await stage.Admin.PostAsync($"{path}/pause")).Is(200);
        (await stage.Admin.GetAsync(path)).Is(200).Has("settings.paused", true);
        (await stage.Admin.PostAsync($"{path}/resume")).Is(200);
        (await stage.Admin.GetAsync(path)).Is(200).Has("settings.paused", false);
    }
}
