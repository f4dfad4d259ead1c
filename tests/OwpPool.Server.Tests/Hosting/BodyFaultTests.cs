using System.Net.Http.Headers;
using System.Text;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Every endpoint that takes a body, against every fault that a body can have as a whole.</summary>
[Collection(SharedServer.Name)]
public sealed class BodyFaultTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    public static TheoryData<string> Paths =>
        ["/v1/workers/register", "/v1/workers/heartbeat", "/v1/tasks/t_any/status", "/v1/admin/repos", "/v1/admin/tasks"];

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_NotAnObject_NamesTheBody(string path)
    {
        foreach (var body in new[] { "", "null", "[]", "{", "{}x", "{}{}", "{\"a\":1,}", "{/**/}", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "\uFEFF{}" })
            (await SendAsync(path, Text(body))).MustReject("body");
    }

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_TooDeep_NamesTheBody(string path) =>
        (await SendAsync(path, Text($"{{\"a\":{new string('[', 10_000)}{new string(']', 10_000)}}}"))).MustReject("body");

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_NotUtf8_NamesTheBody(string path)
    {
        foreach (var body in new byte[][] { [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D] })
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            (await SendAsync(path, content)).MustReject("body");
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_OtherType_IsUnsupported(string path)
    {
        foreach (var type in new[] { "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonp", "nonsense",
            "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "application/x-www-form-urlencoded; charset=latin1" })
            (await SendAsync(path, Text("{}", type))).MustBeProblem(415, "unsupported_media_type");
    }

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_Compressed_IsUnsupported(string path)
    {
        var content = Text("{}");
        content.Headers.ContentEncoding.Add("gzip");
        (await SendAsync(path, content)).MustBeProblem(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/vnd.owp+json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Post_JsonByAnyName_IsRead(string? type) =>
        Assert.Equal(201, (await SendAsync("/v1/workers/register", Text("""{"name":"test"}""", type))).Status);

    [Theory, MemberData(nameof(Paths))]
    public async Task Post_LargerThanTheLimit_IsTooLarge(string path)
    {
        var answer = (await SendAsync(path, Text($"{{\"a\":\"{new string('a', 256 * 1024)}\"}}"))).MustBeProblem(413, "payload_too_large");
        Assert.Equal(256 * 1024, (int)answer.Json!["details"]!["limit_bytes"]!);
    }

    [Fact]
    public async Task Post_ExactlyTheLimit_IsRead()
    {
        var body = """{"name":"test"}""".PadRight(256 * 1024);
        Assert.Equal(201, (await SendAsync("/v1/workers/register", Text(body))).Status);
    }

    [Fact]
    public async Task Post_HugeBodyWithoutLength_IsTooLargeAndTheServerLives()
    {
        var (status, text) = await RawHttp.SendAsync(_server.Address,
            "POST /v1/workers/register HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
            string.Concat(Enumerable.Repeat($"8000\r\n{new string('a', 0x8000)}\r\n", 9)) + "0\r\n\r\n");
        Assert.Equal(413, status);
        Assert.Contains("payload_too_large", text, StringComparison.Ordinal);
        Assert.Equal(200, (await _server.GetAsync("/livez")).Status);
    }

    [Fact]
    public async Task Post_SaysThatAHundredMegabytesFollow_IsTooLargeBeforeTheyCome()
    {
        var (status, text) = await RawHttp.SendAsync(_server.Address,
            "POST /v1/workers/register HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\nConnection: close\r\n\r\n{");
        Assert.Equal(413, status);
        Assert.Contains("payload_too_large", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_BrokenBody_ChangesNothing()
    {
        var before = await _server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken);
        foreach (var path in Paths)
            await SendAsync(path, Text("{\"name\":\"a\",\"repo\":\"broken/body\",\"title\":\"t\""));
        var after = await _server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken);
        Assert.Equal(before.Json!["repositories"]!.ToJsonString(), after.Json!["repositories"]!.ToJsonString());
    }

    private async Task<Answer> SendAsync(string path, HttpContent content)
    {
        var worker = path.StartsWith("/v1/admin", StringComparison.Ordinal) ? null : (await _server.RegisterAsync()).Token;
        return await _server.SendAsync(HttpMethod.Post, path, content, worker, TestServer.AdminToken);
    }

    private static ByteArrayContent Text(string body, string? type = "application/json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }
}
