using Microsoft.AspNetCore.Http;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Under which names the server answers (threats M5).</summary>
[Collection(SharedServer.Name)]
public sealed class HostNamesTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8787")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("192.0.2.7")]
    [InlineData("[2001:db8::1]")]
    public async Task Loopback_NameThatLeadsHereFromElsewhere_IsRefusedWithTheSetting(string host)
    {
        var (workers, path) = (await CountAsync(), "/v1/workers/register");
        const string body = """{"name":"a page"}""";
        var (status, text) = await RawHttp.SendAsync(_server.Address,
            $"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n" +
            $"Content-Type: application/json\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(403, status);
        Assert.Contains("OwpPool__Server__AllowedHosts", text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", text, StringComparison.Ordinal);
        Assert.Equal(workers, await CountAsync());
    }

    [Theory]
    [InlineData("127.0.0.1", "", "", "127.0.0.1:8787", true)]
    [InlineData("127.0.0.1", "", "", "127.8.9.1", true)]
    [InlineData("127.0.0.1", "", "", "localhost", true)]
    [InlineData("127.0.0.1", "", "", "LOCALHOST.:1", true)]
    [InlineData("127.0.0.1", "", "", "[::1]:8787", true)]
    [InlineData("127.0.0.1", "", "", "", true)]
    [InlineData("127.0.0.1", "", "", "10.0.0.1", false)]
    [InlineData("127.0.0.1", "", "", "pool.acme.com", false)]
    [InlineData("localhost", "", "", "pool.acme.com", false)]
    [InlineData("::1", "", "", "pool.acme.com", false)]
    [InlineData("127.0.0.1", "https://pool.acme.com/pool", "", "Pool.Acme.com:443", true)]
    [InlineData("127.0.0.1", "https://pool.acme.com", "", "acme.com", false)]
    [InlineData("127.0.0.1", "", "a.example, pool.acme.com", "pool.acme.com", true)]
    [InlineData("127.0.0.1", "", "a.example", "pool.acme.com", false)]
    [InlineData("127.0.0.1", "", "*", "pool.acme.com", true)]
    [InlineData("0.0.0.0", "", "", "pool.acme.com", true)]
    [InlineData("*", "", "", "pool.acme.com", true)]
    [InlineData("0.0.0.0", "", "pool.acme.com", "pool.acme.com", true)]
    [InlineData("0.0.0.0", "", "pool.acme.com", "evil.example", false)]
    [InlineData("0.0.0.0", "", "pool.acme.com", "10.1.2.3:8787", true)]
    [InlineData("0.0.0.0", "https://pub.acme.com", "pool.acme.com", "pub.acme.com", true)]
    public void Takes_BySettings(string listens, string publicUrl, string allowed, string host, bool taken)
    {
        var names = new HostNames(new ServerOptions { Host = listens, PublicUrl = publicUrl, AllowedHosts = allowed });
        Assert.Equal(taken, names.Takes(new HostString(host)));
    }

    private async Task<object?> CountAsync()
    {
        await using var connection = await _server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM pool_workers WHERE name = 'a page'";
        return await command.ExecuteScalarAsync();
    }
}
