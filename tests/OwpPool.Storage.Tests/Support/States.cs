using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Storage.Tests.Support;

/// <summary>Grain states as JSON, in the shape that the grains store.</summary>
internal static class States
{
    public const string At = "2026-01-18T05:00:00.123Z";

    public static JsonObject Event(string type = "task_created", string target = "t_1")
        => new()
        {
            ["at"] = At, ["type"] = type, ["actor"] = "admin", ["target"] = target, ["repo"] = "acme/widgets",
            ["details"] = new JsonObject { ["to"] = "ready" },
        };

    public static JsonObject Task(string id, string repo = "acme/widgets", string phase = "ready", string? worker = null)
        => new()
        {
            ["schema_version"] = 1, ["events"] = new JsonArray(Event("task_" + phase, id)), ["task_id"] = id, ["repo"] = repo,
            ["repo_name"] = repo.ToUpperInvariant(), ["title"] = "Fix it", ["description"] = "All of \"it\"", ["estimate_points"] = 3,
            ["priority"] = 10, ["required_skills"] = new JsonArray("C#", "sql"), ["area"] = "Src/Áé", ["area_key"] = "src/áé", ["tier"] = 1,
            ["not_before"] = null, ["depends_on"] = new JsonArray("t_0"), ["external_id"] = null, ["created_at"] = At, ["ready_at"] = At,
            ["eligible_at"] = null, ["phase"] = phase, ["phase_at"] = At, ["token"] = 7, ["version"] = 9, ["worker_id"] = worker,
            ["lease"] = worker is null
                ? null
                : new JsonObject
                {
                    ["lease_id"] = "l_" + id, ["granted_at"] = At, ["expires_at"] = "2026-01-18T09:00:00.000Z", ["ttl_seconds"] = 14400,
                },
            ["attempts"] = 2, ["history"] = new JsonArray(), ["artifact"] = new JsonObject { ["pr_url"] = "https://github.com/a/b/pull/1" },
            ["message"] = null,
        };

    public static JsonObject Worker(string id, string status = "idle", bool revoked = false)
        => new()
        {
            ["schema_version"] = 1, ["events"] = new JsonArray(Event("worker_registered", id)), ["worker_id"] = id, ["name"] = "Ada",
            ["github_handle"] = "ada", ["skills"] = new JsonArray("sql"), ["capacity_points"] = 5, ["max_concurrent_tasks"] = 2,
            ["token_hash"] = "SECRETHASH", ["previous_token_hash"] = "OLDSECRETHASH", ["previous_token_until"] = null,
            ["registered_at"] = At, ["last_seen_at"] = At, ["status"] = status, ["paused_by_admin"] = false,
            ["revoked"] = revoked, ["trust_tier"] = "basic",
        };

    public static JsonObject Repo(string repo, int maxOpenPrs = 3, bool paused = false)
        => new()
        {
            ["schema_version"] = 1, ["events"] = new JsonArray(Event("repo_registered", repo)), ["repo"] = repo,
            ["name"] = repo.ToUpperInvariant(),
            ["settings"] = new JsonObject
            {
                ["max_open_prs"] = maxOpenPrs, ["area_locks_enabled"] = true, ["area_lock_until"] = "pr_opened", ["trust"] = new JsonObject(),
                ["merge_authority"] = "worker", ["lease_ttl_seconds"] = null, ["max_attempts"] = null, ["paused"] = paused,
            },
            ["created_at"] = At, ["updated_at"] = At,
            ["ledger"] = new JsonArray(new JsonObject { ["task_id"] = "t_1" }),
        };

    public static JsonObject With(this JsonObject state, string member, JsonNode? value)
    {
        state[member] = value;
        return state;
    }

    public static string Text(this JsonNode node) => node.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.Web));
}
