using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class ImportTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;
    private readonly string _skill = Path.GetRandomFileName();

    private string Yaml => $"""
        # the backlog
        - title: Mend the roof
          description: |
            All of it,
            before winter.
          estimate_points: 3
          priority: 80
          required_skills: [{_skill}, roofs]
          area: house/roof
          tier: 1
        - title: "Paint it"
          depends_on: [Mend the roof]
          required_skills:
            - {_skill}
          external_id: 42
          not_before: 2027-01-01T00:00:00Z
        """;

    [Fact]
    public async Task Import_Yaml_AddsAllAndTheSameFileAgainNothing()
    {
        var repo = await _server.AddRepoAsync();

        var first = await ImportAsync(Yaml, repo);
        var again = await ImportAsync(Yaml, repo);

        Assert.Equal((201, 2, 0), (first.Status, (int)first.Json!["created"]!, (int)first.Json["existing"]!));
        Assert.Equal((200, 0, 2), (again.Status, (int)again.Json!["created"]!, (int)again.Json["existing"]!));
        Assert.Equal(first.Json["task_ids"]!.ToJsonString(), again.Json["task_ids"]!.ToJsonString());
        var roof = await TaskAsync(first, 0);
        Assert.Equal(("All of it,\nbefore winter.\n", 3, 80, "house/roof", 1), ((string)roof["description"]!, (int)roof["estimate_points"]!,
            (int)roof["priority"]!, (string)roof["area"]!, (int)roof["tier"]!));
        var paint = await TaskAsync(first, 1);
        Assert.Equal(("42", (string)roof["task_id"]!, "2027-01-01T00:00:00.000Z"),
            ((string)paint["external_id"]!, (string)paint["depends_on"]![0]!, (string)paint["not_before"]!));
    }

    [Fact]
    public async Task Import_DryRun_SaysWhatWouldBeAndAddsNothing()
    {
        var repo = await _server.AddRepoAsync();
        await ImportAsync($"- {{title: Mend the roof, required_skills: [{_skill}]}}", repo);

        var would = await ImportAsync(Yaml, $"{repo}&dry_run=true");
        var wrong = await ImportAsync("- title: A\n  tier: 9", $"{repo}&dry_run=true");
        var nowhere = await ImportAsync("- title: A", "acme/nowhere&dry_run=true");
        var word = await ImportAsync("- title: A", $"{repo}&dry_run=maybe");

        Assert.Equal((200, 1, 1, true),
            (would.Status, (int)would.Json!["created"]!, (int)would.Json["existing"]!, (bool)would.Json["dry_run"]!));
        Assert.Equal((400, 404, 400), (wrong.Status, nowhere.Status, word.Status));
        var added = await ImportAsync(Yaml, $"{repo}&dry_run=false");
        Assert.Equal((201, 1, null), (added.Status, (int)added.Json!["created"]!, added.Json["dry_run"]));
        Assert.Equal(would.Json["task_ids"]!.ToJsonString(), added.Json["task_ids"]!.ToJsonString());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Import_Json_IsTheSame(string? type)
    {
        var repo = await _server.AddRepoAsync();
        var answer = await ImportAsync($$"""
            {"version": 1, "tasks": [
              {"title": "A \ud83d\ude00", "required_skills": ["{{_skill}}"]},
              {"repo": "{{repo}}", "title": "B", "required_skills": ["{{_skill}}"], "depends_on": ["A 😀"]}
            ]}
            """, repo, type);
        Assert.Equal(201, answer.Status);
        Assert.Equal((string)answer.Json!["task_ids"]![0]!, (string)(await TaskAsync(answer, 1))["depends_on"]![0]!);
    }

    [Fact]
    public async Task Import_FaultyYaml_TellsEachLineAndAddsNone()
    {
        var repo = await _server.AddRepoAsync();
        var answer = await ImportAsync("""
            - title: Fine
            - title: ""
              tier: 9
              priority: high
            - prioritee: 3
              title: x
            - just text
            - title: Twice
              estimate_points:
                - 1
            - title: Long
              required_skills: sql
              area: [a]
            """, repo);
        var errors = answer.MustBeProblem(400, "validation_error").Json!["details"]!["errors"]!.AsObject();
        Assert.Equal(["line 12", "line 13", "line 2", "line 3", "line 4", "line 5", "line 7", "line 9"], answer.BadFields);
        Assert.StartsWith("tier: must be from 0 to 3", (string)errors["line 3"]![0]!, StringComparison.Ordinal);
        Assert.Contains("prioritee", (string)errors["line 5"]![0]!, StringComparison.Ordinal);
        Assert.Empty((await _server.GetAsync($"/v1/tasks?repo={repo}", admin: Admin)).Json!["items"]!.AsArray());
    }

    [Fact]
    public async Task Import_OneFaultInManyTasks_IsToldOnceWithCountFirstPlacesAndWhatIsMeant()
    {
        var repo = await _server.AddRepoAsync();
        var file = string.Concat(Enumerable.Range(0, 300).Select(number => $"- title: t{number}\n  estimate: 3\n  depends_on: [x{number}]\n"));

        var answer = await ImportAsync(file, repo);

        var errors = answer.MustBeProblem(400, "validation_error").Json!["details"]!["errors"]!.AsObject();
        Assert.Equal("a task has no field 'estimate'; did you mean 'estimate_points'? (300 times, at lines 2, 5, 8, 11, 14 and 295 more)",
            (string)Assert.Single(Assert.Single(errors).Value!.AsArray())!);
        Assert.StartsWith("Correct the file and import it again.", (string)answer.Json!["suggestion"]!, StringComparison.Ordinal);
        var names = (await ImportAsync(file.Replace("  estimate: 3\n", "", StringComparison.Ordinal), repo)).MustReject("line 2");
        Assert.Contains("or task ids (300 times, at lines 2: 'x0' is none, 4: 'x1' is none, ", names.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("estimate", "estimate_points")]
    [InlineData("Estimate-Points", "estimate_points")]
    [InlineData("prioritee", "priority")]
    [InlineData("skills", "required_skills")]
    [InlineData("id", "external_id")]
    [InlineData("colour", null)]
    public async Task Import_UnknownField_NamesTheOneThatIsMeant(string field, string? meant)
    {
        var repo = await _server.AddRepoAsync();
        var answer = (await ImportAsync($"- title: a\n  {field}: 1", repo)).MustReject("line 2");
        Assert.Contains(meant is null ? "; its fields are repo, title, " : $"; did you mean '{meant}'?",
            (string)answer.Json!["details"]!["errors"]!["line 2"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_Circle_SuggestsWhatFitsAFile()
    {
        var repo = await _server.AddRepoAsync();
        var answer = (await ImportAsync("- title: a\n  depends_on: [b]\n- title: b\n  depends_on: [a]", repo)).MustReject("depends_on");
        Assert.StartsWith("Correct the file and import it again.", (string)answer.Json!["suggestion"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_NullByAnyName_LocksNoArea()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":10""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{_skill}}"],"max_concurrent_tasks":4""");
        var file = string.Concat(new[] { "NULL", "NULL", "Null", "~" }.Index().Select(each =>
            $"- title: t{each.Index}\n  area: {each.Item}\n  not_before: {each.Item}\n  required_skills: [{_skill}]\n"));

        Assert.Equal(201, (await ImportAsync(file, repo)).Status);

        Assert.Equal(4, (await _server.GetAsync("/v1/work?max=4", token)).Json!["leases"]!.AsArray().Count);
    }

    [Fact]
    public async Task Import_EmptyBlocksAndDocumentMarks_AreTaken()
    {
        var repo = await _server.AddRepoAsync();

        var answer = await ImportAsync($"---\n- title: A\n  required_skills: [{_skill}]\n  description: |\n      \n      \n  priority: 5\n---\n# the end\n", repo);
        var faulty = await ImportAsync("- title: A\n  description: |\n      \n      \n  priority: 5\n\n  tier: x\n", repo);

        Assert.Equal(201, answer.Status);
        Assert.Equal(5, (int)(await TaskAsync(answer, 0))["priority"]!);
        faulty.MustReject("line 7");
    }

    [Theory]
    [InlineData("- title: a\n- title: a", "line 2")]
    [InlineData("- title: a\n  external_id: x\n- title: b\n  external_id: x", "line 4")]
    [InlineData("- title: a\n- title: b\n  depends_on: [c]", "line 3")]
    [InlineData("- title: a\n  depends_on: [b]\n- title: b\n  depends_on: [a]", "depends_on")]
    [InlineData("- title: a\n  depends_on: [a]", "depends_on")]
    [InlineData("- title: a\n  depends_on: [t_nobody]", "depends_on")]
    [InlineData("- title: a\n\t- b", "line 2")]
    [InlineData("- title: a\n  title: b", "line 2")]
    [InlineData("- &x title: a\n- *x", "line 2")]
    [InlineData("- title: a\n---\n- title: b", "line 3")]
    [InlineData("title: a", "line 1")]
    [InlineData("", "body")]
    [InlineData("[]", "body")]
    [InlineData("# nothing", "body")]
    [InlineData("{\"tasks\":3}", "body")]
    [InlineData("[{\"title\":\"a\"},\n 7]", "line 2")]
    [InlineData("[{\"title\":\"a\",\n \"title\":\"b\"}]", "line 2")]
    [InlineData("[{\"title\":\"a\"},\n {\"title\":\"b\",\n  \"tier\":9}]", "line 3")]
    [InlineData("[{\"title\":\"a\"}\n", "line 2")]
    [InlineData("[{\"title\":\"a\"}] x", "line 1")]
    [InlineData("[{\"title\":\"\\ud800\"}]", "line 1")]
    public async Task Import_Fault_IsToldWithItsLine(string file, string place)
    {
        var repo = await _server.AddRepoAsync();
        (await ImportAsync(file, repo)).MustReject(place);
        Assert.Empty((await _server.GetAsync($"/v1/tasks?repo={repo}", admin: Admin)).Json!["items"]!.AsArray());
    }

    [Fact]
    public async Task Import_Requests_ThatAreNoFile()
    {
        var repo = await _server.AddRepoAsync();
        foreach (var type in new[] { "text/plain", "application/xml", "text/yaml; charset=utf-16", "text/yaml; charset=latin1", "nonsense" })
            (await ImportAsync("- title: a", repo, type)).MustBeProblem(415, "unsupported_media_type");
        (await ImportAsync("- title: a", "..")).MustReject("repo");
        (await ImportAsync("- title: a", null)).MustReject("line 1");
        (await ImportAsync("- title: a", "acme/nobody")).MustBeProblem(404, "not_found");
        (await _server.SendAsync(HttpMethod.Post, $"/v1/admin/tasks/import?repo={repo}", new ByteArrayContent([0xC3, 0x28]), admin: Admin))
            .MustReject("body");
        (await ImportAsync("- title: a", repo, admin: null)).MustBeProblem(401, "unauthorized");
        var nested = string.Concat(Enumerable.Repeat("[", 10_000));
        (await ImportAsync($"- title: {nested}", repo)).MustReject("line 1");
        (await ImportAsync(nested, repo)).MustReject("line 1");
    }

    [Fact]
    public async Task Import_TasksAtTheLimit_AreTakenAndOnePastItIsNot()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Imports__MaxTasks", "3"));
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: Admin);
        Assert.Equal(201, (await ImportAsync(3)).Status);
        (await ImportAsync(4)).MustReject("line 4");
        // It is read hardly further than that: what comes behind is in neither language.
        foreach (var (file, line) in new[]
        {
            ($"{Yaml(9)}\t- *x: [\n", 4), ($"tasks:\n{Yaml(9)}\t- *x: [\n", 5), ("- a\n- b\n- c\n- d\n- e\n- f\n\t*", 4),
            ("[{},{},{},\n{} not JSON", 2), ("{\"tasks\":[{},{},{},\n4 not JSON", 2),
        })
        {
            var answer = (await SendAsync(file)).MustReject($"line {line}");
            Assert.Contains("a file has at most 3 tasks", answer.Body, StringComparison.Ordinal);
        }

        Task<Answer> ImportAsync(int count) => SendAsync(Yaml(count));

        Task<Answer> SendAsync(string file) => server.SendAsync(HttpMethod.Post, "/v1/admin/tasks/import?repo=acme/shop",
            new StringContent(file, Encoding.UTF8, "text/yaml"), admin: Admin);

        static string Yaml(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"- title: t{i}\n"));
    }

    [Theory]
    [InlineData("- title: a\n  labels: [{0}]", 2)]
    [InlineData("tasks:\n- title: a\n  labels: [{0}]", 3)]
    [InlineData("- {{a: [{0}]}}", 1)]
    [InlineData("- [{0}]", 1)]
    public async Task Import_MorePartsThanAnyFieldTakes_IsRefusedBeforeATreeIsMade(string file, int line)
    {
        var repo = await _server.AddRepoAsync();
        var parts = string.Join(", ", Enumerable.Range(0, 1_001));
        Assert.Contains("more than 1000 parts", (await ImportAsync(string.Format(null, file, parts), repo)).MustReject($"line {line}").Body,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OnExistingUpdate_ChangesWhatTheFileNamesByTheRulesOfPatch()
    {
        var repo = await _server.AddRepoAsync();
        var file = $$"""
            - {title: Free, external_id: a, description: kept, required_skills: [{{_skill}}]}
            - {title: Held, external_id: b, required_skills: [{{_skill}}], priority: 900}
            - {title: Same, external_id: c, required_skills: [{{_skill}}], area: x}
            """;
        var first = await ImportAsync(file, repo);
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{_skill}}"]""");
        await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);
        const string changed = """
            - {title: Free now, external_id: a, priority: 70, depends_on: [New]}
            - {title: Held, external_id: b, estimate_points: 3}
            - {title: Same, external_id: c, area: X/}
            - {title: New, external_id: d, required_skills: [nobody]}
            """;

        var dry = await ImportAsync(changed, $"{repo}&on_existing=update&dry_run=true");
        var skipped = await ImportAsync(changed, $"{repo}&dry_run=true");
        Assert.Equal("Free", (string)(await TaskAsync(first, 0))["title"]!);
        var answer = await ImportAsync(changed, $"{repo}&on_existing=update");
        var again = await ImportAsync(changed, $"{repo}&on_existing=update");

        Assert.Equal((200, 1, 2, 0, 1), Counts(dry));
        Assert.Equal((200, 1, 0, 0, 3), Counts(skipped));
        Assert.Equal((201, 1, 2, 0, 1), Counts(answer));
        Assert.Equal((200, 0, 0, 3, 1), Counts(again));
        var results = answer.Json!["tasks"]!.AsArray();
        Assert.Equal(["updated title,priority,depends_on", "left estimate_points", "updated area"],
            results.Select(task => $"{task!["result"]} {string.Join(',', task["fields"]!.AsArray())}"));
        Assert.StartsWith("leased: 'estimate_points' is changed only while no worker has the task", (string)results[1]!["reason"]!, StringComparison.Ordinal);
        var free = await TaskAsync(first, 0);
        Assert.Equal(("Free now", "kept", 70, (string)answer.Json["task_ids"]![3]!), ((string)free["title"]!, (string)free["description"]!,
            (int)free["priority"]!, (string)free["depends_on"]![0]!));
        Assert.Contains(free["timeline"]!.AsArray(), past => (string)past!["type"]! == "task.edited");
        (await ImportAsync(changed, $"{repo}&on_existing=replace")).MustReject("on_existing");
    }

    private static (int, int, int, int, int) Counts(Answer answer) => (answer.Status, (int)answer.Json!["created"]!, (int)answer.Json["updated"]!,
        (int)answer.Json["unchanged"]!, (int)answer.Json["left"]!);


    [Theory]
    [InlineData("utf8")]
    [InlineData("UTF8")]
    [InlineData("\"utf-8\"")]
    [InlineData("us-ascii")]
    public async Task Import_Utf8ByAnotherName_IsRead(string charset)
    {
        var repo = await _server.AddRepoAsync();
        Assert.Equal(201, (await ImportAsync($"- title: a\n  required_skills: [{_skill}]", repo, $"application/yaml; charset={charset}")).Status);
    }

    private Task<Answer> ImportAsync(string file, string? repo, string? type = "text/yaml", string? admin = Admin)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(file));
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return _server.SendAsync(HttpMethod.Post, "/v1/admin/tasks/import" + (repo is null ? "" : $"?repo={repo}"), content, admin: admin);
    }

    private async Task<JsonNode> TaskAsync(Answer answer, int index) =>
        (await _server.GetAsync($"/v1/tasks/{answer.Json!["task_ids"]![index]}", admin: Admin)).Json!;
}
