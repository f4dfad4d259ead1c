using System.Net;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Every limit at the limit and one past it. The windows are an hour long, so that nothing fills up meanwhile.</summary>
public sealed class RateLimitTests
{
    private static readonly (string, string) AnHour = ("OwpPool__RateLimits__WindowSeconds", "3600");

    [Fact]
    public async Task Token_PastItsLimit_IsRefusedAndNobodyElse()
    {
        await using var server = await OwnServer.StartAsync(AnHour, Limit("TokenRequests", 1), Limit("TokenBurst", 3));
        var (one, two) = (await RegisterAsync(server), await RegisterAsync(server));
        // Made-up tokens of the same worker use up their own.
        for (var i = 0; i < 9; i++)
        {
            var forged = one[..^2] + $"A{i}";
            (await server.GetAsync("/v1/workers/me", forged)).MustBeProblem(401, "unauthorized");
        }
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await server.GetAsync("/v1/workers/me", one)).Status);
        MustBeLimited(await server.GetAsync("/v1/workers/me", one));
        MustBeLimited(await server.GetAsync("/v1/work", one));
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", two)).Status);
        // The same token, spelled differently, is the same token.
        MustBeLimited(await server.SendAsync(HttpMethod.Get, "/v1/workers/me", header: ("Authorization", $"bEARER   {one}")));
    }

    [Fact]
    public async Task AdminToken_PastItsLimit_IsRefused()
    {
        await using var server = await OwnServer.StartAsync(AnHour, Limit("TokenRequests", 1), Limit("TokenBurst", 2));
        for (var i = 0; i < 4; i++)
            (await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: $"a-wrong-token-of-good-length-{i}")).MustBeProblem(401, "unauthorized");
        for (var i = 0; i < 2; i++)
            Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: TestServer.AdminToken)).Status);
        MustBeLimited(await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: TestServer.AdminToken));
    }

    [Fact]
    public async Task Address_PastItsLimit_IsRefusedBeforeAnythingElseButLiveness()
    {
        await using var server = await OwnServer.StartAsync(AnHour, Limit("AddressRequests", 1), Limit("AddressBurst", 4));
        for (var i = 0; i < 4; i++) (await server.GetAsync("/v1/work")).MustBeProblem(401, "unauthorized");
        MustBeLimited(await server.GetAsync("/v1/work"));
        MustBeLimited(await server.GetAsync("/v1/nothing"));
        MustBeLimited(await server.PostAsync("/v1/workers/register", """{"name":"x"}""", key: "k"));
        Assert.Equal(200, (await server.GetAsync("/livez")).Status);
        Assert.Equal(200, (await server.GetAsync("/readyz")).Status);
        // Nobody vouches for the header.
        MustBeLimited(await server.SendAsync(HttpMethod.Get, "/v1", header: ("X-Forwarded-For", "203.0.113.9")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.0/8, 127.0.0.0/8")]
    public async Task Address_BehindATrustedProxy_IsTheLastThatIsNoProxy(string proxies)
    {
        await using var server = await OwnServer.StartAsync(AnHour, Limit("AddressRequests", 1), Limit("AddressBurst", 1),
            ("OwpPool__Server__TrustedProxies", proxies));
        Assert.Equal(200, (await FromAsync("203.0.113.1")).Status);
        MustBeLimited(await FromAsync("203.0.113.1"));
        Assert.Equal(200, (await FromAsync("203.0.113.2")).Status);
        // What stands before the proxy's own entry is the client's word.
        MustBeLimited(await FromAsync("198.51.100.7, 203.0.113.2"));
        Assert.Equal(200, (await server.GetAsync("/v1")).Status);

        Task<Answer> FromAsync(string chain) => server.SendAsync(HttpMethod.Get, "/v1", header: ("X-Forwarded-For", chain));
    }

    [Fact]
    public async Task Registration_PastItsLimit_IsRefusedAndOtherRequestsGoOn()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__RateLimits__RegistrationWindowSeconds", "3600"),
            Limit("Registrations", 1), Limit("RegistrationBurst", 2));
        var token = await RegisterAsync(server);
        Assert.Equal(201, (await server.PostAsync("/v1/workers/register", """{"name":"x"}""", key: "k")).Status);
        MustBeLimited(await server.PostAsync("/v1/workers/register", """{"name":"x"}"""));
        MustBeLimited(await server.PostAsync("/v1/workers/register", """{"name":"x"}""", key: "k"));
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", token)).Status);
    }

    [Theory]
    [InlineData(30, 60, 300, 2_000, 1)]
    [InlineData(2_000, 1, 4_000, 1_000, 2_000)]
    [InlineData(1, 3_600, 5, 3_600_000, 1)]
    [InlineData(90, 60, 100, 1_000, 2)]
    [InlineData(100, 1, 10, 1_000, 10)]
    public void BucketOf_FillsSteadilyInStepsOfASecondOrMore(int requests, int window, int burst, int stepMilliseconds, int tokens)
    {
        var bucket = RateLimits.BucketOf(requests, window, burst);
        Assert.Equal((burst, TimeSpan.FromMilliseconds(stepMilliseconds), tokens),
            (bucket.TokenLimit, bucket.ReplenishmentPeriod, bucket.TokensPerPeriod));
    }

    [Fact]
    public void AddressCounter_IsBoundedAndTheSameForOneNetwork()
    {
        const int counters = 50;
        var used = Enumerable.Range(0, 5_000).Select(i => RateLimits.AddressCounter(new IPAddress(i * 7_919), counters)).ToHashSet();
        Assert.All(used, counter => Assert.InRange(counter, 0, counters - 1));
        Assert.Equal(counters, used.Count);
        Assert.Equal(Of("2001:db8::1"), Of("2001:db8::ffff:1:2:3"));
        Assert.NotEqual(Of("2001:db8:0:1::1"), Of("2001:db8:0:2::1"));
        Assert.Equal(Of("192.0.2.1"), Of("::ffff:192.0.2.1"));
        Assert.Equal(0, RateLimits.AddressCounter(null, counters));

        static int Of(string address) => RateLimits.AddressCounter(IPAddress.Parse(address), int.MaxValue);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" 10.0.0.1 , fd00::/8,", 2)]
    [InlineData("proxy.example", null)]
    [InlineData("10.0.0.0/33", null)]
    public void TryParse_Proxies(string setting, int? count) => Assert.Equal(count, TrustedProxies.TryParse(setting)?.Count);

    [Fact]
    public void Load_BadLimits_AreNamed()
    {
        var faults = new List<string>();
        PoolSettings.Load(new Dictionary<string, string>
        {
            ["OwpPool__RateLimits__TokenBurst"] = "0",
            ["OwpPool__RateLimits__Nonsense"] = "1",
            ["OwpPool__Server__TrustedProxies"] = "everybody",
        }, Path.GetTempPath(), faults);
        Assert.Equal(3, faults.Count);
        Assert.Contains(faults, fault => fault.StartsWith("OwpPool__RateLimits__TokenBurst must be from 1", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("OwpPool__Server__TrustedProxies must be", StringComparison.Ordinal));
    }

    private static (string, string) Limit(string name, int value) =>
        ($"OwpPool__RateLimits__{name}", value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static async Task<string> RegisterAsync(OwnServer server) =>
        (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");

    private static void MustBeLimited(Answer answer)
    {
        answer.MustBeProblem(429, "rate_limited");
        Assert.Matches("^[1-9][0-9]*$", answer.Headers["Retry-After"]);
    }
}
