using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Tasks;

/// <summary>docs/task-files.md says what the pool takes: its examples import, its list of fields is whole, its bounds are the pool's.
/// </summary>
public sealed partial class TaskFileDocTests : IClassFixture<CommandPool>, IDisposable
{
    private static readonly string Doc = File.ReadAllText(Path.Combine(TestedFiles.RepositoryRoot, "docs", "task-files.md"));

    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public TaskFileDocTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    public static TheoryData<string, string> Fields()
    {
        var fields = new TheoryData<string, string>();
        foreach (Match row in Rows().Matches(Doc)) fields.Add(row.Groups[1].Value, row.Groups[2].Value);
        return fields;
    }

    [Fact]
    public async Task Examples_AsTheyStand_Import()
    {
        var examples = Blocks().Matches(Doc);
        Assert.Equal(2, examples.Count);
        foreach (Match example in examples)
        {
            _owp.Typed = example.Groups[1].Value;
            var result = await _owp.RunAsync($"task import - --repo {await _pool.NewRepoAsync()} --json created");
            Assert.Equal("""{"created":2}""", result.Json().ToJsonString());
        }
    }

    [Fact]
    public async Task Fields_AreThoseThatThePoolNames()
    {
        _owp.Typed = "- title: a\n  zzzzzzzzzzzzzzz: 1";
        var result = await _owp.RunAsync($"task import - --repo {await _pool.NewRepoAsync()}");

        var named = result.Error.Split("its fields are ")[1].Split('\n')[0].Trim().Split(", ");
        Assert.Equal(named.Order(), Fields().Select(row => (string)row[0]).Order());
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Bounds_AreThePools(string field, string value)
    {
        var repo = await _pool.NewRepoAsync();
        foreach (var (sample, isTaken) in Samples(field, value))
        {
            var task = new JsonObject { ["title"] = "a" };
            task[field] = sample;
            _owp.Typed = new JsonArray(task).ToJsonString();
            var result = await _owp.RunAsync($"task import - --repo {repo} --dry-run");
            Assert.True(isTaken == (result.ExitCode == ExitCodes.Done), $"{field}: {value}: {result.Error}{result.Output}");
        }
    }

    public void Dispose() => _owp.Dispose();

    /// <summary>Values at the bounds and one past them, as the table puts them.</summary>
    private static IEnumerable<(JsonNode Value, bool IsTaken)> Samples(string field, string value)
    {
        var numbers = Numbers().Matches(value).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).ToList();
        if (value.StartsWith("whole number", StringComparison.Ordinal))
            return [(numbers[0], true), (numbers[1], true), (numbers[0] - 1, false), (numbers[1] + 1, false)];
        if (value.StartsWith("list", StringComparison.Ordinal) && field == "required_skills")
        {
            return [(List(numbers[0]), true), (List(numbers[0] + 1), false), (new JsonArray(""), false),
                (new JsonArray(new string('x', numbers[2])), true), (new JsonArray(new string('x', numbers[2] + 1)), false)];
        }
        if (value.StartsWith("list", StringComparison.Ordinal)) return [(List(numbers[0] + 1), false), (new JsonArray("nobody"), false)];
        if (value.StartsWith("up to", StringComparison.Ordinal))
            return [(new string('x', numbers[0]), true), (new string('x', numbers[0] + 1), false)];
        return field switch
        {
            "title" => [("x", true), (new string('x', numbers[1]), true), ("", false), (new string('x', numbers[1] + 1), false)],
            "not_before" => [("2026-02-01T08:00:00Z", true), ("tomorrow", false)],
            "repo" => [("acme/nowhere", false)],
            _ => throw new InvalidOperationException($"The test does not know how to read the bounds of '{field}'."),
        };
    }

    private static JsonArray List(int count) => [.. Enumerable.Range(0, count).Select(number => (JsonNode)$"s{number}")];

    [GeneratedRegex(@"^\| `(\w+)` \| (.+?) \| .+ \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"```(?:yaml|json)\n(.+?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
