using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>76 to 87: HTTP itself.</summary>
public static class HttpRows
{
    private const string Register = "POST /v1/workers/register HTTP/1.1\r\nHost: {host}\r\n";
    private const string Name = """{"name":"smuggled"}""";

    public static IEnumerable<BadInput> All { get; } =
    [
        new(76, "length and chunks", async stage =>
        {
            var chunk = $"{Name.Length:x}\r\n{Name}\r\n0\r\n\r\n";
            foreach (var length in new[] { 4, chunk.Length, Name.Length, 0 })
            {
                var answers = await stage.KeptAsync(
                    $"{Register}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{Register}Content-Length: 0\r\n\r\n");
                // One answer: what follows is not taken for a request of its own.
                Assert.Single(answers).MustReject("Transfer-Encoding");
                Assert.Equal("close", answers[0].Headers["Connection"]);
            }
        }),
        new(76, "two lengths", async stage =>
        {
            foreach (var lengths in new[] { "Content-Length: 2\r\nContent-Length: 19", "Content-Length: 19\r\nContent-Length: 19",
                "Content-Length: 19, 19", "Content-Length: 2, 19" })
                CredentialRows.MustBeBare(400, await stage.KeptAsync($"{Register}{lengths}\r\n\r\n{Name}"));
        }),
        new(76, "a length that is none", async stage =>
        {
            foreach (var length in new[] { "-1", "0x13", "19abc", "1 9", "99999999999999999999", "1e1", "" })
                MustBeBad(await stage.KeptAsync($"{Register}Connection: close\r\nContent-Length: {length}\r\n\r\n{Name}"));
        }),
        new(76, "a body that is longer than its length", async stage =>
        {
            var answers = await stage.KeptAsync($"{Register}Content-Length: 2\r\n\r\n{{}}{Name}\r\n\r\n");
            Assert.Equal([400, 400], answers.Select(answer => answer.Status));
            answers[0].MustReject("name");
        }),
        new(76, "a body that is shorter than its length", async stage =>
            Assert.All(await stage.KeptAsync($"{Register}Connection: close\r\nContent-Length: 100\r\n\r\n{Name}", half: true), answer =>
                Assert.Equal(400, answer.Status))),
        new(76, "other transfer codings, and blanks around their name", async stage =>
        {
            foreach (var coding in new[] { "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, gzip",
                "Transfer-Encoding : chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
                "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity, chunked", "Transfer-Encoding: chunked, identity",
                    "X: y\nTransfer-Encoding: gzip, chunked" })
            {
                MustBeBad(await stage.KeptAsync($"{Register}Connection: close\r\n{coding}\r\n\r\n13\r\n{Name}\r\n0\r\n\r\n"));
            }
        }),
        new(76, "chunks that are none", async stage =>
        {
            foreach (var chunks in new[] { "zz\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}",
                "2\r\n{}{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n" })
                MustBeBad(await stage.KeptAsync($"{Register}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));
        }),
        new(77, "a header of 33 KB", async stage => CredentialRows.MustBeBare(431,
            await stage.KeptAsync(Get("/v1", $"X: {new string('x', 33_000)}\r\n")))),
        new(77, "101 headers", async stage => CredentialRows.MustBeBare(431,
            await stage.KeptAsync(Get("/v1", string.Concat(Enumerable.Range(0, 101).Select(i => $"X-{i}: y\r\n")))))),
        new(77, "headers that are none", async stage =>
        {
            foreach (var header in new[] { "no colon\r\n", ": no name\r\n", "Na me: x\r\n", "Name\0: x\r\n", "Name: a\rb\r\n",
                " folded: x\r\n", "Ü: x\r\n", "a\r\n" })
                CredentialRows.MustBeBare(400,
                    await stage.KeptAsync($"GET /v1 HTTP/1.1\r\n{header}Host: {{host}}\r\nConnection: close\r\n\r\n"));
        }),
        new(78, "request line of 9 KB", async stage =>
        {
            CredentialRows.MustBeBare(414, await stage.KeptAsync(Get($"/v1?{new string('q', 9_000)}")));
            CredentialRows.MustBeBare(414, await stage.KeptAsync(Get($"/{new string('p', 9_000)}")));
        }),
        new(78, "request lines that are none", async stage =>
        {
            foreach (var line in new[] { "GARBAGE", "GET", "GET /v1", "GET  /v1 HTTP/1.1", "GET /v1 HTTP/1.1 x", "G\0T /v1 HTTP/1.1",
                "/v1 GET HTTP/1.1", "{\"name\":\"a\"}" })
                CredentialRows.MustBeBare(400, await stage.KeptAsync($"{line}\r\nHost: {{host}}\r\nConnection: close\r\n\r\n"));
            CredentialRows.MustBeBare(405, await stage.KeptAsync(Get("v1")));
        }),
        new(79, "methods that no path has", async stage =>
        {
            foreach (var method in new[] { "TRACE", "PROPFIND", "PUT", "DELETE", "MKCOL", "DEBUG", "A" })
            {
                foreach (var (path, allowed) in new[] { ("/v1/work", "GET, HEAD"), ("/v1/claims", "POST"), ("/v1/admin/state", "GET, HEAD") })
                {
                    var answer = (await stage.RefusedAsync(new RawRequest(method, path).As(stage.Worker.Token).AsAdmin()))
                        .MustBeProblem(405, "method_not_allowed");
                    Assert.Equal(allowed, answer.Headers["Allow"]);
                    Assert.DoesNotContain(stage.Worker.Token, answer.Body, StringComparison.Ordinal);
                }
            }
        }),
        new(79, "CONNECT and OPTIONS *", async stage =>
        {
            foreach (var line in new[] { "CONNECT evil.example:443", "OPTIONS *" })
            {
                var host = line.StartsWith('C') ? "evil.example:443" : "{host}";
                var answer = Assert.Single(await stage.KeptAsync($"{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
                if (line.StartsWith('C')) answer.MustBeProblem(403, "forbidden");
                else answer.MustBeProblem(405, "method_not_allowed");
            }
        }),
        new(79, "HEAD where something would change", async stage =>
        {
            foreach (var path in new[] { "/v1/work/offers", "/v1/claims" })
            {
                var answer = await stage.RefusedAsync(new RawRequest("HEAD", path).As(stage.Worker.Token));
                Assert.Equal((405, ""), (answer.Status, answer.Body));
            }
        }),
        new(79, "method overrides are not heard", async stage =>
        {
            foreach (var name in new[] { "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override" })
            {
                await stage.HarmlessAsync(RawRequest.Get("/v1").With(name, "DELETE"));
                (await stage.RefusedAsync(RawRequest.Get("/v1/claims?_method=POST").With(name, "POST")))
                    .MustBeProblem(405, "method_not_allowed");
            }
        }),
        new(80, "no Host, two, or one that is none", async stage =>
        {
            foreach (var hosts in new[] { "", "Host: a\r\nHost: b\r\n", "Host: a:80:80\r\n", "Host: a@b\r\n", "Host: a b\r\n",
                "Host: <script>\r\n", "Host: a/b\r\n", "Host: a\\b\r\n", "Host: [::1\r\n",
                "Host: a:b\r\n", "Host: http://a\r\n", "Host: a,b\r\n" })
                CredentialRows.MustBeBare(400, await stage.KeptAsync($"GET /v1 HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"));
        }),
        new(80, "another Host is refused, and is not in the answer", async stage =>
        {
            foreach (var (host, status) in new[] { ("evil.example", 403), ("evil.example:99999", 403), ("", 200), ("127.0.0.1:1", 200) })
            {
                var answer = Assert.Single(await stage.KeptAsync(
                    $"GET /v1 HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"));
                Assert.Equal(status, answer.Status);
                Assert.DoesNotContain("evil", answer.Body + string.Join(' ', answer.Headers.Values), StringComparison.Ordinal);
            }
        }),
        new(80, "a whole address that is not the Host's, or of another scheme", async stage =>
        {
            foreach (var target in new[] { "http://evil.example/v1", "http://evil.example:80/v1/work" })
                CredentialRows.MustBeBare(400, await stage.KeptAsync(Get(target)));
            foreach (var target in new[] { "file:///etc/passwd", "gopher://{host}/v1" })
                Assert.All(await stage.KeptAsync(Get(target)), answer => Assert.InRange(answer.Status, 400, 499));
        }),
        new(81, "headers and bodies that come slowly", stage => stage.UnchangedAsync(async () =>
        {
            // Each waits for a time of the server's own; all at once, the longest is ten seconds.
            var sent = new[] { "GET /v1 HTTP/1.1\r\nHost: x\r\nX-Slow: ", $"{Register}Content-Length: 100\r\n\r\n{{",
                $"{Register}Transfer-Encoding: chunked\r\n\r\n2\r\n{{",
                $"{Register}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n" };
            var answers = await Task.WhenAll(sent.Select(request => RawHttp.SendAsync(stage.Server.Address,
                [Encoding.ASCII.GetBytes(request.Replace("{host}", stage.Server.Address.Authority, StringComparison.Ordinal))])));
            foreach (var answer in answers)
            {
                Assert.Equal(StatusCodes.Status408RequestTimeout, Assert.Single(answer).Status);
                await stage.CheckAsync(answer);
            }
            foreach (var answer in answers[1..]) answer[0].MustBeProblem(408, "request_timeout");
        })),
        new(82, "10,000 connections that say nothing", IdleConnectionsAsync),
        new(83, "HTTP/2 is not spoken: its streams cannot be opened", async stage =>
        {
            var resets = string.Concat(Enumerable.Repeat("\0\0\u0004\u0003\0\0\0\0\u0001\0\0\0\u0008", 1_000));
            Assert.Empty(await stage.KeptAsync($"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0{resets}"));
            var answer = Assert.Single(await stage.KeptAsync(Get("/v1", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")));
            Assert.Equal(200, answer.Status);
        }),
        new(84, "ranges are of no meaning here", async stage =>
        {
            foreach (var range in new[] { "bytes=0-3", "bytes=0-,0-,0-", "bytes=-1", "lines=1-2", "bytes=9999999999999999999-" })
            {
                var answer = await stage.HarmlessAsync(RawRequest.Get("/v1").With("Range", range));
                Assert.False(answer.Headers.ContainsKey("Content-Range"));
            }
        }),
        new(84, "Expect: 100-continue without a body", async stage =>
            Assert.Single(await stage.KeptAsync($"{Register}Connection: close\r\nExpect: 100-continue\r\n\r\n")).MustReject("body")),
        new(85, "X-Forwarded-For to dodge a limit", ForwardedForAsync),
        new(86, "preflight of another site", async stage =>
        {
            foreach (var origin in new[] { "https://evil.example", "null", $"http://{stage.Server.Address.Authority}.evil.example" })
            {
                var answer = await stage.RefusedAsync(new RawRequest("OPTIONS", "/v1/work").With("Origin", origin)
                    .With("Access-Control-Request-Method", "GET").With("Access-Control-Request-Headers", "authorization"));
                answer.MustBeProblem(405, "method_not_allowed");
                MustShareNothing(answer);
                MustShareNothing(await stage.HarmlessAsync(RawRequest.Get("/v1").With("Origin", origin)));
            }
        }),
        new(86, "form of another site", async stage =>
        {
            foreach (var type in new[] { "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", null })
            {
                var form = RawRequest.Post("/v1/workers/register", Name).WithType(type);
                MustBeForbidden(await stage.RefusedAsync(form.With("Origin", "https://evil.example")));
                MustBeForbidden(await stage.RefusedAsync(form.With("Sec-Fetch-Site", "cross-site")));
                MustBeForbidden(await stage.RefusedAsync(form.With("Sec-Fetch-Site", "same-site")
                    .With("Origin", $"http://{stage.Server.Address.Authority}")));
                MustBeForbidden(await stage.RefusedAsync(form.With("Origin", $"http://{stage.Server.Address.Host}:1")));
            }
        }),
        new(86, "another site's page with a stolen token", async stage =>
        {
            foreach (var operation in stage.Api.Operations.Where(operation => operation.Method != "GET"))
                MustBeForbidden(await stage.RefusedAsync(JsonRows.Caller(stage, operation, operation.Request())
                    .With("Origin", "https://evil.example")));
        }),
        new(86, "pages of this server may", async stage =>
        {
            var claim = RawRequest.Post("/v1/claims").As(stage.Other.Token);
            await stage.HarmlessAsync(claim.With("Origin", $"http://{stage.Server.Address.Authority}"));
            await stage.HarmlessAsync(claim.With("Origin", $"https://{stage.Server.Address.Authority}"));
            await stage.HarmlessAsync(claim.With("Sec-Fetch-Site", "same-origin").With("Origin", "https://pool.example"));
            await stage.HarmlessAsync(claim.With("Sec-Fetch-Site", "none"));
        }),
        new(87, "Origin: null, and others that are none", async stage =>
        {
            foreach (var origin in new[] { "null", "", "evil", "file://", "https://",
                $"http://{stage.Server.Address.Authority}@evil.example" })
                MustBeForbidden(await stage.RefusedAsync(RawRequest.Post("/v1/workers/register", Name).With("Origin", origin)));
        }),
    ];

    private static async Task IdleConnectionsAsync(Stage shared)
    {
        const int most = 50;
        await using var stage = await Stage.StartAsync(("OwpPool__Server__MaxConnections", $"{most}"));
        await stage.UnchangedAsync(async () =>
        {
            var (idle, resets) = (new List<TcpClient>(), 0);
            try
            {
                for (var i = 0; i < 10_000; i++)
                {
                    var client = new TcpClient { LingerState = new LingerOption(true, 0) };
                    try
                    {
                        await client.ConnectAsync(stage.Server.Address.Host, stage.Server.Address.Port);
                    }
                    catch (SocketException fault) when (fault.SocketErrorCode is SocketError.ConnectionReset)
                    {
                        // Closed before the client had noticed that it was open.
                        client.Dispose();
                        resets++;
                        continue;
                    }
                    idle.Add(client);
                    // Beyond the cap the server closes by itself; the test keeps what the server keeps, and then some.
                    if (idle.Count <= 2 * most) continue;
                    idle[^1].Dispose();
                    idle.RemoveAt(idle.Count - 1);
                }
                // The stage's own client has its connection already, and is served meanwhile.
                Assert.Equal(200, (await stage.Server.GetAsync("/livez")).Status);
                await Eventually.TrueAsync(() => resets + idle.Count(client => client.Client.Poll(0, SelectMode.SelectRead)) >= most,
                    "those beyond the cap are closed");
                Assert.InRange(idle.Count(client => !client.Client.Poll(0, SelectMode.SelectRead)), 1, most + ConnectionGate.HealthPlacesPerAddress);
            }
            finally
            {
                foreach (var client in idle) client.Dispose();
            }
        });
        // With the idle ones gone there is room again.
        await Eventually.TrueAsync(async () => (await RawHttp.SendAsync(stage.Server.Address,
            [RawRequest.Get("/v1").ToBytes(stage.Server.Address)])) is [{ Status: 200 }], "there is room");
        await stage.CheckAsync([]);
    }

    private static async Task ForwardedForAsync(Stage shared)
    {
        await using var stage = await Stage.StartAsync(("OwpPool__RateLimits__Registrations", "1"),
            ("OwpPool__RateLimits__RegistrationBurst", "3"),
            ("OwpPool__RateLimits__RegistrationWindowSeconds", "3600"));
        await stage.TakenAsync(RawRequest.Post("/v1/workers/register", Name), 201);
        for (var i = 0; i < 20; i++)
        {
            var request = RawRequest.Post("/v1/workers/register", Name).With("X-Forwarded-For", $"203.0.113.{i}")
                .With("X-Real-IP", $"203.0.113.{i}")
                .With("Forwarded", $"for=203.0.113.{i}").With("True-Client-IP", $"203.0.113.{i}");
            Assert.Matches("^[1-9]", (await stage.RefusedAsync(request)).MustBeProblem(429, "rate_limited").Headers["Retry-After"]);
        }
    }

    private static string Get(string target, string headers = "") =>
        $"GET {target} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n{headers}\r\n";

    private static void MustBeBad(IReadOnlyList<Answer> answers) => Assert.Equal(400, Assert.Single(answers).Status);

    private static void MustBeForbidden(Answer answer)
    {
        answer.MustBeProblem(403, "forbidden");
        MustShareNothing(answer);
    }

    private static void MustShareNothing(Answer answer) =>
        Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
}
