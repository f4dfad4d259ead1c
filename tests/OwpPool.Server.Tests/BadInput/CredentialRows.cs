using System.Security.Cryptography;
using System.Text;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>1 to 17: credentials, against every operation that asks for one.</summary>
public static class CredentialRows
{
    public static IEnumerable<BadInput> All { get; } =
    [
        new(1, "none, to workers' operations", stage => WorkersAsync(stage, [])),
        new(1, "none, to admins' operations", stage => AdminsAsync(stage, [])),
        new(2, "empty Bearer", stage => WorkersAsync(stage, ["", "Bearer", "Bearer "])),
        new(2, "empty admin token", stage => AdminsAsync(stage, [""])),
        new(3, "Bearer and blanks", stage => WorkersAsync(stage, ["Bearer     ", "Bearer \t ", "     "])),
        new(3, "blank admin token", stage => AdminsAsync(stage, ["    "])),
        new(4, "bearer in lower case is the scheme still", stage => stage.HarmlessAsync(Me("bearer " + stage.Worker.Token))),
        new(4, "BEARER and three blanks is the scheme still", stage => stage.HarmlessAsync(Me("BEARER   " + stage.Worker.Token))),
        new(5, "Basic and other schemes", stage => WorkersAsync(stage, [$"Basic {stage.Worker.Token}", $"Token {stage.Worker.Token}",
            stage.Worker.Token, $"Bearer{stage.Worker.Token}", $"Basic {Base64($"{stage.Worker.Id}:{stage.Worker.Token}")}"])),
        new(6, "two Authorization headers", async stage =>
        {
            MustBeUnauthorized(await stage.RefusedAsync(Me($"Bearer {stage.Worker.Token}").As(stage.Worker.Token)));
            MustBeUnauthorized(await stage.RefusedAsync(Me($"Bearer {stage.Worker.Token}, Bearer {stage.Worker.Token}")));
        }),
        new(6, "two X-Admin-Token headers", async stage =>
        {
            var state = RawRequest.Get("/v1/admin/state");
            MustBeUnauthorized(await stage.RefusedAsync(state.AsAdmin().AsAdmin()));
            MustBeUnauthorized(await stage.RefusedAsync(state.With("X-Admin-Token", $"{TestServer.AdminToken}, {TestServer.AdminToken}")));
        }),
        new(7, "token in the query", async stage =>
        {
            foreach (var name in new[] { "token", "access_token", "api_key", "authorization", "x-admin-token" })
            {
                MustBeUnauthorized(await stage.RefusedAsync(RawRequest.Get($"/v1/workers/me?{name}={stage.Worker.Token}")));
                MustBeUnauthorized(await stage.RefusedAsync(RawRequest.Get($"/v1/admin/state?{name}={TestServer.AdminToken}")));
            }
        }),
        new(8, "token and a NUL", async stage => MustBeBare(400, await stage.KeptAsync(Line($"Bearer {stage.Worker.Token}\0")))),
        new(8, "token and a folded line", async stage => MustBeBare(400,
            await stage.KeptAsync(Line($"Bearer {stage.Worker.Token}\r\n x")))),
        new(8, "token and a blank, which is no part of a header's value", stage =>
            stage.HarmlessAsync(Me($"Bearer {stage.Worker.Token} "))),
        new(8, "token and a line break in mid-value", async stage => MustBeBare(400,
            await stage.KeptAsync(Line($"Bearer {stage.Worker.Token}\rx")))),
        new(9, "one bit flipped", async stage =>
        {
            var token = stage.Worker.Token;
            var first = token.IndexOf('.', StringComparison.Ordinal) + 1;
            await WorkersAsync(stage, [.. new[] { 5, first - 2, first, token.Length - 1 }.Select(at => $"Bearer {Flip(token, at)}")]);
            await AdminsAsync(stage, [Flip(TestServer.AdminToken, 0), Flip(TestServer.AdminToken, TestServer.AdminToken.Length - 1)]);
        }),
        new(9, "one character more or less", async stage =>
        {
            await WorkersAsync(stage, [$"Bearer {stage.Worker.Token}A", $"Bearer {stage.Worker.Token[..^1]}",
                $"Bearer {stage.Worker.Token}="]);
            await AdminsAsync(stage, [TestServer.AdminToken + "x", TestServer.AdminToken[..^1], TestServer.AdminToken.ToUpperInvariant()]);
        }),
        new(10, "token of 600 characters and of 15 KB", async stage =>
        {
            await WorkersAsync(stage, [$"Bearer {new string('a', 600)}"]);
            await AdminsAsync(stage, [new string('a', 600)]);
            MustBeUnauthorized(await stage.RefusedAsync(Me($"Bearer owpw_{new string('a', 15_000)}")));
        }),
        new(10, "token of 8 MB", async stage => MustBeBare(431, await stage.KeptAsync(Line($"Bearer {new string('a', 8_000_000)}")))),
        new(11, "letters beyond ASCII", async stage =>
        {
            await WorkersAsync(stage, [$"Bearer {stage.Worker.Token}é", $"Bеarer {stage.Worker.Token}", "Bearer owpw_ключ.ключ"]);
            await AdminsAsync(stage, [TestServer.AdminToken + "é"]);
        }),
        new(11, "no UTF-8", async stage => MustBeBare(400, await stage.KeptAsync(Line($"Bearer {stage.Worker.Token}\u00e9")))),
        new(11, "UTF-16", async stage => MustBeBare(400, await stage.KeptAsync(
            Line(Encoding.Latin1.GetString(Encoding.Unicode.GetBytes($"Bearer {stage.Worker.Token}")))))),
        new(12, "revoked token", RevokedAsync),
        new(12, "rotated token, a minute later", RotatedAsync),
        new(13, "worker token on every admin operation", async stage =>
        {
            foreach (var operation in stage.Api.Operations.Where(operation => operation.IsForAdminsOnly))
            {
                (await stage.RefusedAsync(operation.Request().As(stage.Worker.Token))).MustBeProblem(403, "forbidden");
                MustBeUnauthorized(await stage.RefusedAsync(operation.Request().With("X-Admin-Token", stage.Worker.Token)));
            }
        }),
        new(14, "admin token on every worker operation", async stage =>
        {
            await WorkersAsync(stage, [$"Bearer {TestServer.AdminToken}"]);
            foreach (var operation in stage.Api.Operations.Where(operation => operation.IsForWorkersOnly))
                MustBeUnauthorized(await stage.RefusedAsync(operation.Request().AsAdmin()));
        }),
        new(15, "sample tokens", stage => AdminsAsync(stage, ["dev-admin", "dev-admin-token", "secure-admin-token", "changeme", "admin"])),
        new(16, "hash of the token", async stage =>
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(stage.Worker.Token));
            await WorkersAsync(stage, [.. new[] { Convert.ToHexStringLower(hash), Convert.ToBase64String(hash),
                $"owpw_{stage.Worker.Id[2..]}.{Convert.ToBase64String(hash).TrimEnd('=').Replace('+', '-').Replace('/', '_')}" }
                .Select(token => $"Bearer {token}")]);
            var admin = SHA256.HashData(Encoding.UTF8.GetBytes(TestServer.AdminToken));
            await AdminsAsync(stage, [Convert.ToHexStringLower(admin), Convert.ToBase64String(admin)]);
        }),
        new(17, "another's secret under my id", stage => WorkersAsync(stage,
            [$"Bearer owpw_{stage.Worker.Id[2..]}.{stage.Other.Secret}", $"Bearer owpw_nobody.{stage.Worker.Secret}"])),
        new(17, "another's id in the body", AnothersIdAsync),
    ];

    private static async Task WorkersAsync(Stage stage, string[] headers)
    {
        foreach (var operation in Of(stage, ApiOperation.Worker))
        {
            if (headers.Length == 0) MustBeUnauthorized(await stage.RefusedAsync(operation.Request()));
            foreach (var header in headers) MustBeUnauthorized(await stage.RefusedAsync(operation.Request().With("Authorization", header)));
        }
    }

    private static async Task AdminsAsync(Stage stage, string[] tokens)
    {
        foreach (var operation in Of(stage, ApiOperation.Admin))
        {
            if (tokens.Length == 0) MustBeUnauthorized(await stage.RefusedAsync(operation.Request()));
            foreach (var token in tokens) MustBeUnauthorized(await stage.RefusedAsync(operation.Request().With("X-Admin-Token", token)));
        }
    }

    private static async Task RevokedAsync(Stage stage)
    {
        var worker = await stage.RegisterAsync();
        await stage.HarmlessAsync(Me($"Bearer {worker.Token}"));
        await stage.TakenAsync(RawRequest.Post($"/v1/workers/{worker.Id}/revoke").AsAdmin());
        await WorkersAsync(stage, [$"Bearer {worker.Token}"]);
    }

    private static async Task RotatedAsync(Stage shared)
    {
        await using var stage = await Stage.StartAsync();
        var rotated = await stage.TakenAsync(RawRequest.Post("/v1/workers/token/rotate").As(stage.Worker.Token));
        await stage.HarmlessAsync(Me($"Bearer {stage.Worker.Token}"));
        stage.Clock.Advance(TimeSpan.FromSeconds(60));
        await WorkersAsync(stage, [$"Bearer {stage.Worker.Token}"]);
        await stage.TakenAsync(Me($"Bearer {rotated.Text("token")}"));
    }

    private static async Task AnothersIdAsync(Stage stage)
    {
        var body = $$"""{"worker_id":"{{stage.Worker.Id}}","id":"{{stage.Worker.Id}}","status":"in_progress"}""";
        var status = await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{stage.TaskId}/status", body).As(stage.Other.Token));
        Assert.Equal("not_holder", (string?)status.MustBeProblem(403, "forbidden").Json!["details"]!["reason"]);
        var work = await stage.HarmlessAsync(RawRequest.Post("/v1/claims", $$"""{"worker_id":"{{stage.Worker.Id}}"}""")
            .As(stage.Other.Token));
        Assert.Equal((stage.Other.Id, 0), (work.Text("worker_id"), work.Json!["leases"]!.AsArray().Count));
    }

    private static IEnumerable<ApiOperation> Of(Stage stage, string scheme) =>
        stage.Api.Operations.Where(operation => operation.Schemes.Contains(scheme));

    private static RawRequest Me(string authorization) => RawRequest.Get("/v1/workers/me").With("Authorization", authorization);

    private static string Line(string authorization) =>
        $"GET /v1/workers/me HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n";

    private static void MustBeUnauthorized(Answer answer)
    {
        answer.MustBeProblem(401, "unauthorized");
        Assert.Contains("realm=\"owp-pool\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    /// <summary>The one answer is HTTP's own, before anybody reads the request: no body.</summary>
    internal static void MustBeBare(int status, IReadOnlyList<Answer> answers) =>
        Assert.Equal((status, ""), (Assert.Single(answers).Status, answers[0].Body));

    private static string Flip(string token, int at) => $"{token[..at]}{(char)(token[at] ^ 1)}{token[(at + 1)..]}";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
