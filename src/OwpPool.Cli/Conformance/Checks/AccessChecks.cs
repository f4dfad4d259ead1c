using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Who may do what (protocol §1).</summary>
internal static class AccessChecks
{
    private static readonly (HttpMethod Method, string Path)[] CoreWorkerPaths =
    [
        (HttpMethod.Post, "/v1/workers/heartbeat"), (HttpMethod.Get, "/v1/work"), (HttpMethod.Post, "/v1/tasks/t_unknown/status"),
    ];

    private static readonly (HttpMethod Method, string Path)[] WorkerPaths =
    [
        .. CoreWorkerPaths,
        (HttpMethod.Post, "/v1/claims"), (HttpMethod.Get, "/v1/work/explain"), (HttpMethod.Post, "/v1/tasks/t_unknown/release"),
        (HttpMethod.Post, "/v1/leases/l_unknown/renew"), (HttpMethod.Post, "/v1/work/offers"),
            (HttpMethod.Post, "/v1/work/offers/o_unknown/accept"),
        (HttpMethod.Post, "/v1/work/offers/o_unknown/reject"), (HttpMethod.Get, "/v1/workers/me"),
            (HttpMethod.Post, "/v1/tasks/t_unknown/logs"),
        (HttpMethod.Post, "/v1/workers/token/rotate"),
    ];

    private static readonly (HttpMethod Method, string Path)[] CoreAdminPaths =
    [
        (HttpMethod.Post, "/v1/admin/repos"), (HttpMethod.Post, "/v1/admin/tasks"), (HttpMethod.Get, "/v1/admin/state"),
    ];

    private static readonly (HttpMethod Method, string Path)[] AdminPaths =
    [
        .. CoreAdminPaths,
        (HttpMethod.Get, "/v1/admin/repos"), (HttpMethod.Post, "/v1/admin/tasks/batch"), (HttpMethod.Patch, "/v1/admin/tasks/t_unknown"),
        (HttpMethod.Post, "/v1/admin/tasks/t_unknown/requeue"), (HttpMethod.Post, "/v1/admin/tasks/t_unknown/cancel"),
        (HttpMethod.Post, "/v1/admin/tasks/t_unknown/force-status"), (HttpMethod.Post, "/v1/admin/tasks/t_unknown/position"),
        (HttpMethod.Post, "/v1/admin/tasks/t_unknown/accept"), (HttpMethod.Post, "/v1/admin/tasks/t_unknown/reject"),
        (HttpMethod.Get, "/v1/admin/state/stream"), (HttpMethod.Get, "/v1/events"), (HttpMethod.Get, "/v1/workers"),
        (HttpMethod.Get, "/v1/workers/w_unknown"), (HttpMethod.Post, "/v1/workers/w_unknown/revoke"), (HttpMethod.Get, "/v1/audit/events"),
        (HttpMethod.Post, "/v1/workers/w_unknown/trust-tier"), (HttpMethod.Get, "/v1/workers/w_unknown/reputation"),
        (HttpMethod.Get, "/v1/analytics/repositories/conformance%2Fx?period=last_7_days"),
        // Not /v1/admin/pause: where that is open, asking would stop the pool.
        (HttpMethod.Get, "/v1/admin/tokens"), (HttpMethod.Post, "/v1/admin/tokens"), (HttpMethod.Post, "/v1/admin/tokens/unknown/revoke"),
        (HttpMethod.Get, "/v1/admin/invites"), (HttpMethod.Post, "/v1/admin/invites/i_unknown/revoke"),
    ];

    /// <summary>The requests of <see cref="AdminPaths"/> that would change something.</summary>
    public static IEnumerable<(HttpMethod Method, string Path)> Changes => AdminPaths.Where(call => call.Method != HttpMethod.Get);

    public static Section All => new("§1 Access")
    {
        { "auth.worker-none", Level.Core, "A worker's endpoints answer 401 without a token.",
            stage => EachAsync(stage.Nobody, CoreWorkerPaths, 401) },
        { "auth.worker-wrong", Level.Core, "A token of nobody is 401.", WrongTokensAsync },
        { "auth.worker-altered", Level.Core, "A worker's token with one character changed is 401.", AlteredAsync },
        { "auth.worker-other-scheme", Level.Core, "Another scheme than Bearer is 401.", OtherSchemeAsync },
        { "auth.admin-none", Level.Core, "Admin endpoints answer 401 without a token.",
            stage => EachAsync(stage.Nobody, CoreAdminPaths, 401) },
        { "auth.admin-wrong", Level.Core, "A wrong admin token is 401.", async stage =>
            await EachAsync(stage.As("admin with a wrong token", ("X-Admin-Token", $"{stage.Target.AdminToken}x")), CoreAdminPaths, 401) },
        { "auth.admin-as-worker", Level.Core, "The admin token is no worker's token.", async stage =>
            (await stage.As("admin as a worker", ("Authorization", $"Bearer {stage.Target.AdminToken}")).GetAsync("/v1/work")).Is(401) },
        { "auth.worker-everywhere", Level.Pool, "Every worker endpoint answers 401 without a token.",
            stage => EachAsync(stage.Nobody, WorkerPaths, 401) },
        { "auth.admin-everywhere", Level.Pool, "Every admin endpoint answers 401 without a token.",
            stage => EachAsync(stage.Nobody, AdminPaths, 401) },
        { "auth.worker-on-admin", Level.Pool, "A worker's token on any admin endpoint is 403.", async stage =>
            await EachAsync(await stage.WorkerAsync(), AdminPaths, 403) },
        { "auth.scheme-case", Level.Pool, "The scheme is read in any case.", async stage =>
            (await stage.As("worker", ("Authorization", $"bEARER {(await stage.WorkerAsync()).Token}")).HeartbeatAsync()).Is(200) },
        { "auth.query", Level.Pool, "A token in a URL opens nothing.", InQueryAsync },
        { "auth.token-form", Level.Pool, "A worker's token is owpw_ and at least 32 bytes in base64url.", TokenFormAsync },
        { "auth.token-unique", Level.Core, "Two workers have two tokens.", async stage =>
            (await stage.Nobody.GetAsync("/v1"))
                .Must((await stage.WorkerAsync()).Token != (await stage.WorkerAsync()).Token, "two tokens", "one for both") },
        { "auth.token-once", Level.Pool, "A token is shown once: no other answer has it.", ShownOnceAsync },
        { "auth.foreign-task", Level.Pool, "Another worker's task is 404.", ForeignTaskAsync },
        { "auth.rotate", Level.Pool, "Rotating gives a new token; the old one is good for a minute more.", RotateAsync },
        { "auth.revoke", Level.Pool, "A revoked worker's token is 401.", RevokeAsync },
    };

    /// <summary>Each of them must be answered with this status.</summary>
    public static async Task EachAsync(Caller caller, IEnumerable<(HttpMethod Method, string Path)> paths, int status)
    {
        foreach (var (method, path) in paths)
            (await caller.SendAsync(new Call(method, path) { Body = method == HttpMethod.Get ? null : "{}"u8.ToArray() })).Is(status);
    }

    private static Task<WireAnswer> HeartbeatAsync(this Caller caller) => caller.PostAsync("/v1/workers/heartbeat");

    private static async Task WrongTokensAsync(Stage stage)
    {
        foreach (var token in new[] { "x", "owpw_x", "owpw_w_unknown_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", new string('a', 4000) })
            (await stage.As("nobody known", ("Authorization", $"Bearer {token}")).HeartbeatAsync()).Is(401);
    }

    private static async Task AlteredAsync(Stage stage)
    {
        var token = (await stage.WorkerAsync()).Token;
        foreach (var at in new[] { token.Length / 2, token.Length - 3 })
        {
            var altered = $"{token[..at]}{(token[at] == 'A' ? 'B' : 'A')}{token[(at + 1)..]}";
            stage.Target.Http.Secrets.Add(altered);
            (await stage.As("a worker with an altered token", ("Authorization", $"Bearer {altered}")).HeartbeatAsync()).Is(401);
        }
    }

    private static async Task OtherSchemeAsync(Stage stage)
    {
        var token = (await stage.WorkerAsync()).Token;
        foreach (var value in new[] { $"Basic {token}", token, "Bearer", "Bearer " })
            (await stage.As("a worker in another scheme", ("Authorization", value)).HeartbeatAsync()).Is(401);
    }

    private static async Task InQueryAsync(Stage stage)
    {
        var token = (await stage.WorkerAsync()).Token;
        (await stage.Nobody.GetAsync($"/v1/workers/me?token={token}&access_token={token}")).Is(401);
        (await stage.Nobody.GetAsync($"/v1/work?token={token}")).Is(401);
    }

    private static async Task TokenFormAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var answer = await worker.GetAsync("/v1/workers/me");
        var isGood = worker.Token.StartsWith("owpw_", StringComparison.Ordinal) && worker.Token.Length >= "owpw_".Length + 43
            && worker.Token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.');
        answer.Must(isGood, "a token of owpw_ and at least 43 characters of base64url", "another form");
    }

    private static async Task ShownOnceAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        foreach (var answer in new[]
        {
            await worker.GetAsync("/v1/workers/me"), await worker.HeartbeatAsync("idle"),
                await stage.Admin.GetAsync($"/v1/workers/{worker.Id}"),
            await stage.Admin.GetAsync($"/v1/audit/events?target={worker.Id}"),
        })
            answer.Is(200).Must(!answer.Body.Contains(worker.Token, StringComparison.Ordinal), "an answer without the token");
    }

    private static async Task ForeignTaskAsync(Stage stage)
    {
        var (holder, other) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(holder);
        (await holder.GetAsync($"/v1/tasks/{lease.TaskId}")).Is(200);
        (await other.GetAsync($"/v1/tasks/{lease.TaskId}")).IsProblem(404, "not_found");
        (await other.GetAsync($"/v1/tasks/{lease.TaskId}/logs")).IsProblem(404, "not_found");
    }

    private static async Task RotateAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        var answer = (await worker.PostAsync("/v1/workers/token/rotate")).Is(200);
        var token = answer.Text("token");
        stage.Target.Http.Secrets.Add(token);
        answer.Must(token != worker.Token, "another token");
        (await stage.As("the worker with its new token", ("Authorization", $"Bearer {token}")).HeartbeatAsync()).Is(200);
        (await worker.HeartbeatAsync("idle")).Is(200);
    }

    private static async Task RevokeAsync(Stage stage)
    {
        var worker = await stage.FreshWorkerAsync();
        (await worker.HeartbeatAsync("idle")).Is(200);
        (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/revoke", new JsonObject { ["reason"] = "conformance" })).Is(200);
        (await worker.HeartbeatAsync("idle")).Is(401);
        (await worker.GetAsync("/v1/work")).Is(401);
    }
}
