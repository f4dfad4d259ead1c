using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

[Collection(SharedServer.Name)]
public sealed class AuthTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    public static TheoryData<string, string> WorkerEndpoints => new()
    {
        { "POST", "/v1/workers/heartbeat" },
        { "GET", "/v1/work" },
        { "POST", "/v1/tasks/t_any/status" },
    };

    public static TheoryData<string, string> AdminEndpoints => new()
    {
        { "POST", "/v1/admin/repos" },
        { "POST", "/v1/admin/tasks" },
        { "GET", "/v1/admin/state" },
        { "GET", "/metrics" },
    };

    [Theory, MemberData(nameof(WorkerEndpoints))]
    public async Task Worker_NoOrBadCredential_IsUnauthorized(string method, string path)
    {
        var (id, token) = await _server.RegisterAsync();
        var (_, other) = await _server.RegisterAsync();
        var secret = token[(token.IndexOf('.', StringComparison.Ordinal) + 1)..];
        foreach (var header in new string?[]
        {
            null, "", "Bearer", "Bearer ", $"Basic {token}", token, $"Bearer {token}x", $"Bearer {token[..^1]}",
            $"Bearer {Flip(token, token.Length - 20)}", $"Bearer {Flip(token, token.IndexOf('.', StringComparison.Ordinal) + 1)}",
            $"Bearer owpw_{id[2..]}.{other[(other.IndexOf('.', StringComparison.Ordinal) + 1)..]}",
            $"Bearer owpw_nobody.{secret}", $"Bearer {TestServer.AdminToken}", $"Bearer {token}, Bearer {token}",
            $"Bearer {new string('a', 600)}", $"Bearer {Sha256Hex(token)}",
        })
        {
            var answer = await SendAsync(method, path, request =>
            {
                if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header);
            });
            answer.MustBeProblem(401, "unauthorized");
            Assert.StartsWith("Bearer ", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
            Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal);
        }
        (await SendAsync(method, $"{path}?token={token}&access_token={token}", _ => { })).MustBeProblem(401, "unauthorized");
        (await SendAsync(method, path, request => request.Headers.Add("X-Admin-Token", TestServer.AdminToken)))
            .MustBeProblem(401, "unauthorized");
    }

    [Theory, MemberData(nameof(AdminEndpoints))]
    public async Task Admin_NoOrBadToken_IsUnauthorized(string method, string path)
    {
        foreach (var token in new string?[]
        {
            null, "", " ", "dev-admin-token", TestServer.AdminToken + "x", TestServer.AdminToken[..^1], TestServer.AdminToken.ToUpperInvariant(),
            Sha256Hex(TestServer.AdminToken), new('a', 4_000), $"{TestServer.AdminToken}, {TestServer.AdminToken}",
        })
        {
            var answer = await SendAsync(method, path, request =>
            {
                if (token is not null) request.Headers.TryAddWithoutValidation("X-Admin-Token", token);
            });
            answer.MustBeProblem(401, "unauthorized");
            Assert.Contains("X-Admin-Token", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(AdminEndpoints))]
    public async Task Admin_WorkerToken_IsForbidden(string method, string path)
    {
        var (_, token) = await _server.RegisterAsync();
        (await SendAsync(method, path, request => request.Headers.Add("Authorization", $"Bearer {token}"))).MustBeProblem(403, "forbidden");
    }

    [Theory]
    [InlineData("GET /v1/work", "Authorization: Bearer {0}\r\nAuthorization: Bearer {0}")]
    [InlineData("GET /v1/work", "Authorization: Bearer {0}\u00e9")]
    [InlineData("GET /v1/work", "Authorization: B\u00e9arer {0}")]
    [InlineData("GET /v1/admin/state", "X-Admin-Token: " + TestServer.AdminToken + "\r\nX-Admin-Token: " + TestServer.AdminToken)]
    public async Task Any_TwoHeadersOrForeignLetters_IsUnauthorized(string line, string header)
    {
        var (_, token) = await _server.RegisterAsync();
        var headers = string.Format(System.Globalization.CultureInfo.InvariantCulture, header, token);
        var (status, text) = await RawHttp.SendAsync(_server.Address, $"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n\r\n");
        // Kestrel itself refuses bytes that are no UTF-8.
        Assert.Contains(status, header.Contains('\u00e9', StringComparison.Ordinal) ? new[] { 400, 401 } : [401]);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_SchemeInAnyCase_IsTaken()
    {
        var (_, token) = await _server.RegisterAsync();
        foreach (var scheme in new[] { "Bearer", "bearer", "BEARER" })
        {
            var answer = await SendAsync("GET", "/v1/work", request => request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {token}"));
            Assert.Equal(200, answer.Status);
        }
    }

    private Task<Answer> SendAsync(string method, string path, Action<HttpRequestMessage> with) => _server.SendAsync(
        new HttpMethod(method), path, method == "POST" ? new StringContent(BodyOf(path), null, "application/json") : null, with: with);

    private static string BodyOf(string path) =>
        path.Contains("/status", StringComparison.Ordinal) ? """{"status":"in_progress"}""" : "{}";

    private static string Flip(string token, int at) => $"{token[..at]}{(token[at] == 'A' ? 'B' : 'A')}{token[(at + 1)..]}";

    private static string Sha256Hex(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
