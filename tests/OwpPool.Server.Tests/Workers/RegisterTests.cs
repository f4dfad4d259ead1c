using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class RegisterTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Register_NameOnly_MakesWorkerAndToken()
    {
        var answer = await _server.PostAsync("/v1/workers/register", """{"name":"test"}""");
        Assert.Equal((201, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(["worker_id", "token", "heartbeat_interval_seconds"], answer.Json!.AsObject().Select(member => member.Key));
        Assert.Equal(30, (int)answer.Json["heartbeat_interval_seconds"]!);
        Assert.StartsWith("w_", answer.Text("worker_id"), StringComparison.Ordinal);
        Assert.StartsWith($"owpw_{answer.Text("worker_id")[2..]}.", answer.Text("token"), StringComparison.Ordinal);
        Assert.Equal(200, (await _server.PostAsync("/v1/workers/heartbeat", "{}", answer.Text("token"))).Status);
    }

    [Fact]
    public async Task Register_BareCurl_IsTaken()
    {
        // What `curl -d` sends: the JSON under the type of a form.
        using var content = new StringContent("""{"name":"test"}""", null, "application/x-www-form-urlencoded");
        Assert.Equal(201, (await _server.SendAsync(HttpMethod.Post, "/v1/workers/register", content)).Status);
    }

    [Fact]
    public async Task Register_SameNameTwice_MakesTwoWorkers()
    {
        var (first, second) = (await _server.RegisterAsync(), await _server.RegisterAsync());
        Assert.NotEqual(first.Id, second.Id);
        Assert.NotEqual(first.Token, second.Token);
    }

    [Fact]
    public async Task Register_EverythingAtItsLimit_IsTaken()
    {
        var skills = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"{i:D64}\""));
        var answer = await _server.PostAsync("/v1/workers/register",
            $$"""{"name":"{{new string('n', 120)}}","github_handle":"{{new string('g', 120)}}","skills":[{{skills}}],"capacity_points":100,"max_concurrent_tasks":20}""");
        Assert.Equal(201, answer.Status);
    }

    [Theory]
    [InlineData("{}", "name")]
    [InlineData("""{"name":null}""", "name")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"  "}""", "name")]
    [InlineData("""{"name":7}""", "name")]
    [InlineData("""{"name":"a\u0000"}""", "name")]
    [InlineData("""{"Name":"a"}""", "name")]
    [InlineData("""{"name":"a","github_handle":7}""", "github_handle")]
    [InlineData("""{"name":"a","github_handle":"a\nb"}""", "github_handle")]
    [InlineData("""{"name":"a","skills":"rust"}""", "skills")]
    [InlineData("""{"name":"a","skills":[7]}""", "skills")]
    [InlineData("""{"name":"a","skills":[""]}""", "skills")]
    [InlineData("""{"name":"a","skills":{}}""", "skills")]
    [InlineData("""{"name":"a","capacity_points":0}""", "capacity_points")]
    [InlineData("""{"name":"a","capacity_points":101}""", "capacity_points")]
    [InlineData("""{"name":"a","capacity_points":"5"}""", "capacity_points")]
    [InlineData("""{"name":"a","capacity_points":1.5}""", "capacity_points")]
    [InlineData("""{"name":"a","capacity_points":1e309}""", "capacity_points")]
    [InlineData("""{"name":"a","max_concurrent_tasks":0}""", "max_concurrent_tasks")]
    [InlineData("""{"name":"a","max_concurrent_tasks":21}""", "max_concurrent_tasks")]
    [InlineData("""{"name":"a","max_concurrent_tasks":true}""", "max_concurrent_tasks")]
    public async Task Register_BadField_IsNamed(string body, string field) =>
        (await _server.PostAsync("/v1/workers/register", body)).MustReject(field);

    [Fact]
    public async Task Register_TooLong_IsNamed()
    {
        var skills = string.Join(',', Enumerable.Repeat("\"a\"", 101));
        (await _server.PostAsync("/v1/workers/register", $$"""{"name":"{{new string('n', 121)}}"}""")).MustReject("name");
        (await _server.PostAsync("/v1/workers/register", $$"""{"name":"a","skills":[{{skills}}]}""")).MustReject("skills");
        (await _server.PostAsync("/v1/workers/register", $$"""{"name":"a","skills":["{{new string('s', 65)}}"]}""")).MustReject("skills");
    }

    [Fact]
    public async Task Register_ManyBadFields_AreAllNamedAtOnce() =>
        (await _server.PostAsync("/v1/workers/register",
            """{"github_handle":1,"skills":2,"capacity_points":"3","max_concurrent_tasks":-4}"""))
        .MustReject("capacity_points", "github_handle", "max_concurrent_tasks", "name", "skills");
}
