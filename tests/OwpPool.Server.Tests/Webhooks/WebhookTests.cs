using System.Net;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Webhooks;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Webhooks;

/// <summary>What operators do with their webhooks, and where those may lead.</summary>
public sealed class WebhookTests
{
    private const string Admin = TestServer.AdminToken;

    [Fact]
    public async Task Create_List_Rotate_Delete_TellTheSecretOnceAndKeepItSealed()
    {
        await using var server = await OwnServer.StartAsync();
        var created = await CreateAsync(server, """{"url":"https://hooks.example.com/pool?x=1","topics":["task","repo.created","task"]}""");
        Assert.Equal(201, created.Status);
        var (id, secret) = (created.Text("webhook_id"), created.Text("secret"));
        Assert.StartsWith("h_", id, StringComparison.Ordinal);
        Assert.StartsWith("owph_", secret, StringComparison.Ordinal);

        var list = await server.SendAsync(HttpMethod.Get, "/v1/admin/webhooks", admin: Admin);
        var hook = Assert.Single(list.Json!["items"]!.AsArray())!;
        Assert.Equal(("https://hooks.example.com/pool?x=1", """["task","repo.created"]""", "active"),
            ((string?)hook["url"], hook["topics"]!.ToJsonString(), (string?)hook["state"]));
        Assert.DoesNotContain(secret, list.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(server.Database + "-wal"), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Database + WebhookSecrets.Suffix));

        const string own = """{"secret":"a-secret-that-I-chose-myself"}""";
        var rotated = await server.PostAsync($"/v1/admin/webhooks/{id}/rotate", own, admin: Admin);
        Assert.Equal((200, "a-secret-that-I-chose-myself"), (rotated.Status, rotated.Text("secret")));
        var deleted = await server.SendAsync(HttpMethod.Delete, $"/v1/admin/webhooks/{id}", admin: Admin);
        Assert.Equal("deleted", deleted.Text("state"));
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Delete, $"/v1/admin/webhooks/{id}", admin: Admin)).Status);
        Assert.Equal(["webhook.created admin:root", "webhook.secret_rotated admin:root", "webhook.deleted admin:root"],
            (await server.Storage.Events.ReadAfterAsync(0, 100)).Where(item => item.Target == id).Select(item =>
                $"{item.Type} {item.Actor}"));
        Assert.Null(await server.Storage.Cursors.GetAsync($"webhook.{id}"));
    }

    [Fact]
    public async Task Create_BadRequests_AreRefused()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Webhooks__MaxHooks", "1"));
        (await CreateAsync(server, "{}")).MustReject("url");
        (await CreateAsync(server, """{"url":"https://a.example.com","topics":["Task","*"],"secret":"short"}"""))
            .MustReject("secret", "topics");
        (await CreateAsync(server, $$"""{"url":"https://a.example.com","secret":"{{new string('x', 24)}}"}""")).MustReject("secret");
        (await CreateAsync(server, """{"url":"http://127.0.0.1/"}""")).MustReject("url");
        (await server.PostAsync("/v1/admin/webhooks", "{}")).MustBeProblem(401, "unauthorized");
        Assert.False(File.Exists(server.Database + WebhookSecrets.Suffix));
        Assert.Equal(201, (await CreateAsync(server, """{"url":"https://a.example.com"}""")).Status);
        var refused = (await CreateAsync(server, """{"url":"https://b.example.com"}""")).MustBeProblem(409, "conflict");
        Assert.Equal("limit_reached", (string?)refused.Json!["details"]!["reason"]);
        foreach (var path in new[] { "rotate", "enable", "dead-letters/1/redeliver" })
            (await server.PostAsync($"/v1/admin/webhooks/h_nobody/{path}", "", admin: Admin)).MustBeProblem(404, "not_found");
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Get, "/v1/admin/webhooks/h_nobody/dead-letters", admin: Admin)).Status);
    }

    [Theory]
    [InlineData("https://hooks.example.com/pool", null)]
    [InlineData("https://hooks.example.com:8443/pool?token=1", null)]
    [InlineData("https://93.184.216.34/", null)]
    [InlineData("https://[2606:2800:220:1::1]/", null)]
    [InlineData("http://hooks.example.com/", "must be an https address")]
    [InlineData("ftp://hooks.example.com/", "must be an https address")]
    [InlineData("javascript:alert(1)", "must be an https address")]
    [InlineData("hooks.example.com", "must be an https address")]
    [InlineData("https://", "must be an https address")]
    [InlineData("https://hooks.example.com\\@evil.com/", "must be an https address")]
    [InlineData("https://hooks.exämple.com/", "must be an https address")]
    [InlineData("https://user@hooks.example.com/", "must not name a user or a fragment")]
    [InlineData("https://hooks.example.com/#x", "must not name a user or a fragment")]
    [InlineData("https://localhost/", "must lead to a public host")]
    [InlineData("https://intranet/", "must lead to a public host")]
    [InlineData("https://pool.internal/", "must lead to a public host")]
    [InlineData("https://pool.LOCAL./", "must lead to a public host")]
    [InlineData("https://127.0.0.1/", "must lead to a public host")]
    [InlineData("https://0x7f.1/", "must lead to a public host")]
    [InlineData("https://2130706433/", "must lead to a public host")]
    [InlineData("https://[::1]/", "must lead to a public host")]
    [InlineData("https://[::ffff:127.0.0.1]/", "must lead to a public host")]
    [InlineData("https://169.254.169.254/latest/meta-data", "must lead to a public host")]
    [InlineData("https://10.1.2.3/", "must lead to a public host")]
    public void WhyNot_Address_IsPublicHttps(string url, string? fault) =>
        Assert.Equal(fault, WebhookTarget.WhyNot(url, new WebhookOptions()));

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:0:1::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void IsPublic_Address_IsSomebodyElses(string address, bool isPublic) =>
        Assert.Equal(isPublic, WebhookTarget.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task Connect_NameOfThisMachine_IsRefusedBeforeAConnectionIsMade()
    {
        await using var receiver = await Receiver.StartAsync();
        var host = new DnsEndPoint("localhost", new Uri(receiver.Url).Port);
        await Assert.ThrowsAsync<WebhookTargetException>(async () => await WebhookTarget.ConnectAsync(host, allowPrivate: false, default));
        await using var stream = await WebhookTarget.ConnectAsync(host, allowPrivate: true, default);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public async Task Deliver_NameThatLeadsInside_IsNotSent()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await OwnServer.StartAsync(
            ("OwpPool__Webhooks__AllowHttp", "true"), ("OwpPool__Webhooks__MaxTries", "1"));
        // Registered when its name led elsewhere: as by DNS that changes its mind.
        var id = (await CreateAsync(server, """{"url":"http://hooks.example.com/","topics":["repo.created"]}""")).Text("webhook_id");
        await using (var connection = await server.Storage.DataSource.OpenConnectionAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText =
                $"UPDATE pool_webhooks SET url = '{receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}'";
            await command.ExecuteNonQueryAsync();
        }
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/site"}""", admin: Admin);
        await Eventually.TrueAsync(async () =>
            (await server.SendAsync(HttpMethod.Get, $"/v1/admin/webhooks/{id}/dead-letters",
                admin: Admin)).Json!["items"]!.AsArray().Count > 0);
        var hook = (await server.SendAsync(HttpMethod.Get, "/v1/admin/webhooks", admin: Admin)).Json!["items"]![0]!;
        Assert.Equal("The host of the webhook has an address that is not public.", (string?)hook["last_failure"]);
        Assert.Empty(receiver.Deliveries);
    }

    private static Task<Answer> CreateAsync(OwnServer server, string body) => server.PostAsync("/v1/admin/webhooks", body, admin: Admin);
}
