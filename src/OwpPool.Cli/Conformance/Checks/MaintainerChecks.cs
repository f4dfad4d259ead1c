using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Maintainers by name (protocol §1), and the workers that they invite (§7).</summary>
internal static class MaintainerChecks
{
    private const string TokenPath = "/v1/admin/tokens";
    private const string InvitePath = "/v1/admin/invites";

    /// <summary>What a check leaves behind where it is cut off ends by itself, in seconds.</summary>
    private const int Lifetime = 600;

    public static Section Tokens => new("§1 Maintainers")
    {
        { "maintainer.acts", Level.Pool, "A maintainer's token opens admin endpoints, and the audit log names its holder.", stage =>
            WithTokenAsync(stage, "admin", async (made, admin, _) =>
            {
                var taskId = (await admin.PostAsync("/v1/admin/tasks", stage.Fields())).Is(201).Text("task_id");
                var audit = (await admin.GetAsync($"/v1/audit/events?target={taskId}")).Is(200);
                audit.Must(audit.Items("events").All(item => item.TextAt("actor") == $"admin:{made.Text("name")}"),
                    $"\"actor\": \"admin:{made.Text("name")}\"");
            }) },
        { "maintainer.bearer", Level.Pool, "A maintainer's token opens admin endpoints as Authorization: Bearer, too.", stage =>
            WithTokenAsync(stage, "admin", async (_, _, token) =>
                (await stage.As("a maintainer by Bearer", ("Authorization", $"Bearer {token}")).GetAsync("/v1/admin/state")).Is(200)) },
        { "maintainer.shown-once", Level.Pool, "A maintainer's token is shown once: the list names its holder, role and end.", ShownOnceAsync },
        { "maintainer.one-each", Level.Pool, "A name has one token at a time: another is 409 already_exists.", stage =>
            WithTokenAsync(stage, "viewer", async (made, _, _) =>
                (await MakeAsync(stage, made.Text("name"), "admin")).IsProblem(409, "conflict", "already_exists")) },
        { "maintainer.words", Level.Pool, "A name is letters, digits, '.', '_' and '-', and a role is admin or viewer.", async stage =>
        {
            (await MakeAsync(stage, "a b", "admin")).Rejects("name");
            (await MakeAsync(stage, "root", "admin")).Rejects("name");
            (await MakeAsync(stage, stage.Mark, "owner")).Rejects("role");
        } },
        { "maintainer.revoked", Level.Pool, "A revoked token is 401.", stage =>
            WithTokenAsync(stage, "admin", async (made, admin, _) =>
            {
                (await admin.GetAsync("/v1/admin/state")).Is(200);
                (await stage.Admin.PostAsync($"{TokenPath}/{made.Text("name")}/revoke")).Is(200);
                (await admin.GetAsync("/v1/admin/state")).Is(401);
            }) },
        { "maintainer.viewer", Level.Pool, "A viewer reads everything and changes nothing: 403.", stage =>
            WithTokenAsync(stage, "viewer", async (_, viewer, _) =>
            {
                foreach (var path in new[] { "/v1/admin/state", "/v1/admin/repos", "/v1/tasks", "/v1/workers", "/v1/audit/events", TokenPath,
                    InvitePath })
                    (await viewer.GetAsync(path)).Is(200);
                await AccessChecks.EachAsync(viewer, AccessChecks.Changes, 403);
            }) },
    };

    public static Section Invites => new("§7 Invites")
    {
        { "invite.registers", Level.Pool, "Who registers with an invite gets its trust tier.", stage =>
            WithInviteAsync(stage, async (_, text) =>
            {
                var worker = stage.WorkerOf((await RegisterAsync(stage, text)).Is(201));
                (await stage.Admin.GetAsync($"/v1/workers/{worker.Id}")).Is(200).Has("trust_tier", "untrusted");
            }) },
        { "invite.used-up", Level.Pool, "An invite lets in as many as its uses; the next is 403.", stage =>
            WithInviteAsync(stage, async (_, text) =>
            {
                (await RegisterAsync(stage, text)).Is(201);
                (await RegisterAsync(stage, text)).IsProblem(403, "forbidden");
            }) },
        { "invite.unknown", Level.Pool, "An invite of nobody is 403, and makes no worker.", async stage =>
            (await RegisterAsync(stage, $"owpi_{new string('A', 43)}")).IsProblem(403, "forbidden") },
        { "invite.revoked", Level.Pool, "A revoked invite lets nobody in: 403.", stage =>
            WithInviteAsync(stage, async (made, text) =>
            {
                (await stage.Admin.PostAsync($"{InvitePath}/{made.Text("invite_id")}/revoke")).Is(200);
                (await RegisterAsync(stage, text)).IsProblem(403, "forbidden");
            }) },
        { "invite.repos", Level.Pool, "Who came in by an invite for some repos gets tasks of no other.", stage =>
            WithInviteAsync(stage, async (_, text) =>
            {
                var worker = stage.WorkerOf((await RegisterAsync(stage, text)).Is(201));
                await stage.TaskAsync(new JsonObject { ["tier"] = 0 });
                await EligibilityRules.GetsNothingAsync(worker, "a task of a repo that its invite does not name");
            }, "conformance/another") },
        { "invite.shown-once", Level.Pool, "An invite's text is shown once: the list does not have it.", stage =>
            WithInviteAsync(stage, async (made, text) =>
            {
                var list = (await stage.Admin.GetAsync(InvitePath)).Is(200);
                list.Must(!list.Body.Contains(text, StringComparison.Ordinal), "a list without the texts of invites");
                list.Must(list.Items("items").Any(item => item.TextAt("invite_id") == made.Text("invite_id")), "the invite in the list");
            }) },
    };

    private static Task<WireAnswer> MakeAsync(Stage stage, string name, string role) => stage.Admin.PostAsync(
        TokenPath, new JsonObject { ["name"] = name, ["role"] = role, ["expires_in_seconds"] = Lifetime });

    /// <summary>Does something with a maintainer's token of this role, which is revoked afterwards.</summary>
    private static async Task WithTokenAsync(Stage stage, string role, Func<WireAnswer, Caller, string, Task> use)
    {
        var made = (await MakeAsync(stage, stage.Mark, role)).Is(201);
        var token = made.Text("token");
        stage.Target.Http.Secrets.Add(token);
        try
        {
            await use(made, stage.As($"the maintainer {stage.Mark}", ("X-Admin-Token", token)), token);
        }
        finally
        {
            await stage.Admin.PostAsync($"{TokenPath}/{stage.Mark}/revoke");
        }
    }

    private static Task ShownOnceAsync(Stage stage) => WithTokenAsync(stage, "viewer", async (made, _, token) =>
    {
        made.Must(token.StartsWith("owpa_", StringComparison.Ordinal), "a token that begins with owpa_");
        var list = (await stage.Admin.GetAsync(TokenPath)).Is(200);
        list.Must(!list.Body.Contains(token, StringComparison.Ordinal), "a list without tokens");
        var shown = list.Items("items").FirstOrDefault(item => item.TextAt("name") == made.Text("name"));
        list.Must(shown.TextAt("role") == "viewer" && shown.InstantAt("expires_at") is not null, $"{made.Text("name")}, a viewer, with an end");
    });

    /// <summary>Does something with an invite for one untrusted worker, which is taken back afterwards.</summary>
    private static async Task WithInviteAsync(Stage stage, Func<WireAnswer, string, Task> use, params string[] repos)
    {
        var made = (await stage.Admin.PostAsync(InvitePath, new JsonObject
        {
            ["uses"] = 1,
            ["expires_in_seconds"] = Lifetime,
            ["trust_tier"] = "untrusted",
            ["repos"] = new JsonArray([.. repos.Select(repo => (JsonNode)repo)]),
        })).Is(201);
        var text = made.Text("invite");
        stage.Target.Http.Secrets.Add(text);
        try
        {
            await use(made, text);
        }
        finally
        {
            await stage.Admin.PostAsync($"{InvitePath}/{made.Text("invite_id")}/revoke");
        }
    }

    private static Task<WireAnswer> RegisterAsync(Stage stage, string invite) => stage.Nobody.PostAsync(Stage.RegisterPath,
        new JsonObject { ["name"] = "conformance", ["skills"] = new JsonArray(stage.Skill), ["invite"] = invite });
}
