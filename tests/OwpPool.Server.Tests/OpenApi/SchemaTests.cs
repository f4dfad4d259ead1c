using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>What generated clients live by: the names of schemas, the enums, and what is required.</summary>
[Collection(SharedServer.Name)]
public sealed partial class SchemaTests(SharedServer.Fixture shared)
{
    /// <summary>Names of members and parameters that are one of a few words wherever they stand.</summary>
    private static readonly string[] Worded =
    [
        "status", "state", "phase", "tier", "trust_tier", "outcome", "role", "code", "error", "level", "kind", "period", "desired_state",
        "merge_authority", "area_lock_until", "sync_type", "position", "act", "on_existing", "mode", "sort", "order", "legal_next", "result",
    ];

    /// <summary>Those of them that are sentences.</summary>
    private static readonly string[] Sentences = ["DeliveryItem.outcome"];

    [Fact]
    public async Task Names_AreThoseThatClientsKnow()
    {
        var known = typeof(SchemaTests).Assembly.GetManifestResourceStream("schema-names.txt")!;
        using var reader = new StreamReader(known);
        var expected = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var names = (await SchemasAsync()).Select(schema => schema.Key).ToList();
        var (added, gone) = (names.Except(expected).ToList(), expected.Except(names).ToList());
        Assert.True(added.Count + gone.Count == 0, "Generated clients call their types by these names. OpenApi/schema-names.txt lacks: " +
            $"{string.Join(", ", added)}. The document lacks, which breaks whoever uses them: {string.Join(", ", gone)}");
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public async Task Names_TellNothingOfTheCode()
    {
        Assert.DoesNotContain((await SchemasAsync()).Select(schema => schema.Key), name => Inner().IsMatch(name));
        // Two records of one name would be one schema: which of them it shows is chance.
        var records = typeof(WireJson).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters && WireJson.Default.GetTypeInfo(type) is not null)
            .Select(type => (Type: type, Name: SchemaNames.Of(WireJson.Default.GetTypeInfo(type)!))).Where(record => record.Name is not null).ToList();
        Assert.InRange(records.Count, 80, 1_000);
        Assert.All(records.GroupBy(record => record.Name), same => Assert.Single(same));
        Assert.Empty(records.Select(record => record.Name).Intersect(WordLists.All.Keys));
    }

    [Fact]
    public void Records_NameTheirWordsByAList()
    {
        var own = from type in typeof(WireJson).Assembly.GetTypes()
                  where !type.ContainsGenericParameters && WireJson.Default.GetTypeInfo(type) is not null
                  from member in type.GetProperties()
                  where member.IsDefined(typeof(AllowedValuesAttribute), inherit: true)
                  select $"{type.Name}.{member.Name}: put [OneOf(nameof(WordLists.X))] in place of [AllowedValues]";
        Assert.Empty(own);
    }

    [Fact]
    public async Task Texts_OfAFewWords_AreEnums()
    {
        var document = await DocumentAsync();
        var loose = from schema in await SchemasAsync()
                    from member in schema.Value!["properties"]?.AsObject() ?? []
                    where Worded.Contains(member.Key) && IsLoose(member.Value!) && !Sentences.Contains($"{schema.Key}.{member.Key}")
                    select $"{schema.Key}.{member.Key}: put [OneOf(nameof(WordLists.X))] on it, with a list of WordLists";
        var asked = from operation in new ApiDocument(document).Operations
                    from parameter in operation.Parameters("query")
                    where IsLoose(parameter.Schema) && (Worded.Contains(parameter.Name)
                        || parameter.Name is "follow" or "dry_run" or "confirmed" or "since" or "until")
                    select $"{operation.Id}?{parameter.Name}: describe it by TakesWord, TakesWords, TakesFlag, TakesInstant or TakesNumber";
        Assert.Empty(loose.Concat(asked));
    }

    [Fact]
    public async Task Enums_AreTheWordsOfTheLists_AndEachIsUsed()
    {
        var text = (await DocumentAsync()).ToJsonString();
        var schemas = await SchemasAsync();
        foreach (var (name, list) in WordLists.All)
        {
            Assert.Equal(list.Words, schemas[name]!["enum"]!.AsArray().Select(word => (string)word!));
            Assert.Equal(list.Words.Distinct(), list.Words);
            Assert.Contains($"\"$ref\":\"#/components/schemas/{name}\"", text, StringComparison.Ordinal);
        }
        // No enum without a name: what is the same thing has the same type in clients.
        Assert.Equal(WordLists.All.Count, Enums().Count(text));
    }

    [Fact]
    public async Task Requests_AskForNothingThatHasADefault()
    {
        var schemas = await SchemasAsync();
        foreach (var operation in new ApiDocument(await DocumentAsync()).Operations)
        {
            // openapi-typescript takes a member with a default for one that is there.
            Assert.All(operation.Fields, field => Assert.Null(field.Schema["default"]));
        }
        Assert.Equal(["repo", "title"], Required(schemas["CreateTaskRequest"]!));
        Assert.Equal(["name"], Required(schemas["RegisterRequest"]!));
        Assert.Empty(Required(schemas["ClaimRequest"]!));
        Assert.Equal(["status"], Required(schemas["StatusRequest"]!));
        Assert.Empty(Required(schemas["RepoTrustRequest"]!));
    }

    [Fact]
    public async Task Answers_RequireWhatIsAlwaysSent()
    {
        var schemas = await SchemasAsync();
        // Whatever is told "Always true" is always sent.
        foreach (var (name, schema) in schemas.Where(schema => schema.Value!["properties"]?["ok"] is not null))
            Assert.True(Required(schema!).Contains("ok"), $"{name}.ok");
        Assert.Equal(["worker_name", "waits_for"], Members(schemas["TaskItem"]!).Except(Required(schemas["TaskItem"]!)));
        Assert.Equal(Members(schemas["RepoTrust"]!), Required(schemas["RepoTrust"]!));
        Assert.Equal(["lease_expires_at"], Members(schemas["StatusResponse"]!).Except(Required(schemas["StatusResponse"]!)));
        Assert.Empty(Required(schemas["ProblemFacts"]!));
    }

    private static List<string> Required(JsonNode schema) => [.. schema["required"]?.AsArray().Select(name => (string)name!) ?? []];

    private static List<string> Members(JsonNode schema) => [.. schema["properties"]!.AsObject().Select(member => member.Key)];

    private static bool IsLoose(JsonNode schema) =>
        schema["$ref"] is null && schema["oneOf"] is null && schema["enum"] is null && schema["items"]?["$ref"] is null && schema["format"] is null
        && ApiOperation.TypesOf(schema).Any(type => type is "string" or "array");

    private async Task<JsonNode> DocumentAsync() => (await shared.Server.GetAsync("/openapi/v1.json")).Json!;

    private async Task<JsonObject> SchemasAsync() => (await DocumentAsync())["components"]!["schemas"]!.AsObject();

    [GeneratedRegex("Wire|Of[A-Z]|`")]
    private static partial Regex Inner();

    [GeneratedRegex("\"enum\":\\[")]
    private static partial Regex Enums();
}
