using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Repos;

public sealed class RepoListTests
{
    private const string Admin = TestServer.AdminToken;

    [Fact]
    public async Task List_PageByPage_IsByNameWithNumbers()
    {
        await using var server = await OwnServer.StartAsync();
        foreach (var repo in new[] { "acme/shop", "Acme/Blog", "zoo", "acme/api" })
            await server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}","max_open_prs":2}""", admin: Admin);
        foreach (var repo in new[] { "acme/shop", "acme/shop", "zoo" })
            await server.PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"x"}""", admin: Admin);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        await server.PostAsync("/v1/claims", """{"max":1,"repos":["acme/shop"]}""", token);

        var first = await GetAsync("?limit=3");
        var second = await GetAsync($"?limit=3&cursor={first.Text("next_cursor")}");

        Assert.Equal(["acme/api", "Acme/Blog", "acme/shop"], Names(first));
        Assert.Equal(["zoo"], Names(second));
        Assert.Null(second.Json!["next_cursor"]);
        var shop = first.Json!["items"]![2]!;
        Assert.Equal("""{"leased":1,"ready":1}""", shop["tasks"]!.ToJsonString());
        Assert.Equal("""{"max_open_prs":2,"in_use":1,"free":1,"under_review":0}""", shop["budget"]!.ToJsonString());
        (await GetAsync("?limit=0")).MustReject("limit");

        Task<Answer> GetAsync(string query) => server.SendAsync(HttpMethod.Get, "/v1/admin/repos" + query, admin: Admin);
    }

    private static string[] Names(Answer page) => [.. page.Json!["items"]!.AsArray().Select(item => (string)item!["repo"]!)];
}
