using System.Text.Json;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>Whatever a client sends gets an answer, and the process stays.</summary>
public sealed class McpProtocolTests : McpTestBase
{
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int InvalidParams = -32602;
    private const int UnknownMethod = -32601;

    private const string Mebibytes =
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"block_task","arguments":{"task_id":"t_a","reason":"#"}}}""";

    [Fact]
    public async Task Lines_ThatAreNoMessages_AreAnsweredByTheIdTheyHave()
    {
        await using var owp = await McpProcess.StartAsync(Variables);
        var deep = new string('[', 500) + new string(']', 500);
        (string Line, int Code, object? Id)[] lines =
        [
            ("not json", ParseError, null),
            ("""{"jsonrpc":"2.0","id":3,"method":"tools/list" """, ParseError, null),
            ("""{"jsonrpc":"2.0","id":3,"method":"tools/list"} x""", ParseError, null),
            ("\"text\"", InvalidRequest, null),
            ("null", InvalidRequest, null),
            ("""[{"jsonrpc":"2.0","id":3,"method":"tools/list"}]""", InvalidRequest, null),
            ("{}", InvalidRequest, null),
            ("""{"id":4,"method":"tools/list"}""", InvalidRequest, 4),
            ("""{"jsonrpc":"1.0","id":"five","method":"tools/list"}""", InvalidRequest, "five"),
            ("""{"jsonrpc":"2.0","id":6,"method":12}""", InvalidRequest, 6),
            ("""{"jsonrpc":"2.0","id":7,"method":"\ud800"}""", InvalidRequest, 7),
            ("""{"jsonrpc":2,"id":6,"method":"tools/list"}""", InvalidRequest, 6),
            ("""{"jsonrpc":"2.0","id":null,"method":"tools/list"}""", InvalidRequest, null),
            ("""{"jsonrpc":"2.0","id":{},"method":"tools/list"}""", InvalidRequest, null),
            ($$"""{"jsonrpc":"2.0","id":8,"method":"tools/list","params":{{deep}}}""", InvalidRequest, 8),
        ];
        foreach (var (line, code, id) in lines)
        {
            await owp.WriteAsync(line);

            var answer = await owp.ReadAsync();

            Assert.True(code == Code(answer), $"{line} got {answer}");
            Assert.Equal(id?.ToString() ?? "", answer.GetProperty("id").ToString());
        }
        await owp.WriteAsync("");
        await owp.WriteAsync("""{"jsonrpc":"2.0","id":99,"error":{"code":1}}""");
        Assert.True(await IsAliveAsync(owp));
    }

    [Fact]
    public async Task Requests_ThatMakeNoSense_AreErrorsOfTheProtocol()
    {
        (string Method, string Parameters, int Code)[] requests =
        [
            ("tools/call", "\"text\"", InvalidParams),
            ("tools/call", """{"name":5}""", InvalidParams),
            ("tools/call", """{"name":"list_my_leases","arguments":[1]}""", InvalidParams),
            ("tools/call", """{"name":"list_my_leases","name":"list_my_leases"}""", InvalidParams),
            ("tools/call", """{"name":"add_task","arguments":{}}""", InvalidParams),
            ("tools/call", """{}""", InvalidParams),
            ("tools/call", """{"name":"start_task","arguments":{"task_id":"t_abc","message":"\ud800"}}""", InvalidParams),
            ("admin/tasks", """{}""", UnknownMethod),
            ("resources/read", """{"uri":"owp://task/t_nobody"}""", -32002),
            ("resources/read", """{"uri":"file:///etc/passwd"}""", -32002),
        ];
        await using var owp = await McpProcess.StartAsync(Variables);
        foreach (var (method, parameters, code) in requests)
        {
            var answer = await owp.AskAsync(5, method, parameters);

            Assert.True(answer.TryGetProperty("error", out _) && code == Code(answer), $"{parameters} got {answer}");
        }
        Assert.True(await IsAliveAsync(owp));
    }

    [Fact]
    public async Task Arguments_ThatAreWrong_AreToolErrorsThatNameThem()
    {
        (string Tool, string Arguments, string Named)[] calls =
        [
            ("start_task", """{}""", "'task_id' is missing"),
            ("start_task", """{"task_id":null}""", "'task_id' is missing"),
            ("start_task", """{"task_id":12}""", "'task_id' must be the id of a task"),
            ("start_task", """{"task_id":"t_../../x"}""", "'task_id' must be the id of a task"),
            ("start_task", """{"task_id":"w_abc"}""", "'task_id' must be the id of a task"),
            ("start_task", """{"id":"t_abc"}""", "'id' is no argument of this tool"),
            ("report_progress", """{"task_id":"t_abc","message":7}""", "'message' must be a string"),
            ("report_progress", """{"task_id":"t_abc","message":"  "}""", "'message' must not be empty"),
            ("report_pr", """{"task_id":"t_abc","pr_url":"http://github.com/a/b/pull/1"}""", "'pr_url' must be a whole https address"),
            ("report_pr", """{"task_id":"t_abc","pr_url":"javascript:alert(1)"}""", "'pr_url' must be a whole https address"),
            ("report_pr", """{"task_id":"t_abc","pr_url":"https://x/1","commit_sha":"HEAD"}""", "'commit_sha' must be 7 to 64"),
            ("fetch_work", """{"wait_seconds":51}""", "'wait_seconds' must be a whole number from 0 to 50"),
            ("fetch_work", """{"wait_seconds":"5"}""", "'wait_seconds' must be a whole number from 0 to 50"),
            ("fetch_work", """{"max":1.5}""", "'max' must be a whole number from 1 to 20"),
            ("fetch_work", """{"repos":"acme/shop"}""", "'repos' must be a list"),
            ("release_task", """{"task_id":"t_abc","reason":"x","retry_after_seconds":86401}""", "from 0 to 86400"),
            ("release_task", """{"task_id":"t_abc"}""", "'reason' is missing"),
            ("start_task", """{"task_id":"t_nobody"}""", "404 not_found"),
            ("task_details", """{"task_id":"t_nobody"}""", "Use only task ids that list_my_leases shows"),
            ("fetch_work", """{"repos":["no repo!"]}""", "400 validation_error"),
        ];
        await using var owp = await McpProcess.StartAsync(Variables);
        foreach (var (tool, arguments, named) in calls)
        {
            var answer = await owp.CallAsync(5, tool, arguments);

            Assert.True(answer.TryGetProperty("result", out var result), $"{arguments} got {answer}");
            Assert.True(result.GetProperty("isError").GetBoolean());
            Assert.False(result.TryGetProperty("structuredContent", out _));
            Assert.Contains(named, result.GetProperty("content")[0].GetProperty("text").GetString());
        }
        Assert.True(await IsAliveAsync(owp));
    }

    [Fact]
    public async Task Lines_OfMegabytes_AreAnsweredAndForgotten()
    {
        await using var owp = await McpProcess.StartAsync(Variables);

        await owp.WriteAsync(Mebibytes.Replace("#", new string('a', 10 * 1024 * 1024)));
        var read = await owp.ReadAsync();
        await owp.WriteAsync(Mebibytes.Replace("#", new string('a', 17 * 1024 * 1024)));
        var unread = await owp.ReadAsync();

        Assert.Equal("7", read.GetProperty("id").ToString());
        Assert.Contains("10485760 characters, and at most 4000", read.GetProperty("result").ToString());
        Assert.Equal((InvalidRequest, JsonValueKind.Null), (Code(unread), unread.GetProperty("id").ValueKind));
        Assert.True(await IsAliveAsync(owp));
    }

    [Fact]
    public async Task Session_FromHelloToEnd_WritesNothingButProtocolAndNeverTheToken()
    {
        var id = await AddTaskAsync();
        await using var owp = await McpProcess.StartAsync(Variables);

        await owp.CallAsync(1, "fetch_work", """{"wait_seconds":20}""");
        await owp.CallAsync(2, "task_details", $$"""{"task_id":"{{id}}"}""");
        await owp.CallAsync(3, "start_task", """{"task_id":"t_nobody"}""");
        // Asked in the same breath as the end of the input: it is answered all the same.
        await owp.WriteAsync("""{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"list_my_leases"}}""");
        var (code, error) = await owp.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains(owp.Output, line => line.Contains("\"id\":4") && line.Contains(id));
        Assert.Contains(owp.Output, line => line.Contains("notifications/resources/list_changed"));
        Assert.All(owp.Output, line => Assert.Equal("2.0", JsonDocument.Parse(line).RootElement.GetProperty("jsonrpc").GetString()));
        Assert.Contains($"{id} stays leased until", error);
        Assert.DoesNotContain(Worker.Token[10..], string.Join('\n', owp.Output) + error);
        Assert.DoesNotContain(Variables["OWP_ADMIN_TOKEN"], string.Join('\n', owp.Output) + error);
    }

    private static int Code(JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetInt32();

    private static async Task<bool> IsAliveAsync(McpProcess owp)
    {
        var answer = await owp.CallAsync(1000, "list_my_leases");
        return answer.GetProperty("result").GetProperty("structuredContent").TryGetProperty("worker_id", out _);
    }
}
