using System.Text.Json.Nodes;
using OwpPool.Server.Tasks.Files;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>YAML as its specification has it, for task files.</summary>
public sealed class YamlTasksTests
{
    [Theory]
    [InlineData("NULL")]
    [InlineData("Null")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    [InlineData("# nothing")]
    public void Read_AnySpellingOfNull_IsNull(string nothing)
    {
        foreach (var field in new[] { "area", "description", "not_before", "required_skills", "priority", "external_id" })
        {
            var fields = Assert.Single(Read($"- title: A\n  {field}: {nothing}\n")).Fields;
            Assert.True(fields.ContainsKey(field));
            Assert.Null(fields[field]);
        }
    }

    [Theory]
    [InlineData("'NULL'", "NULL")]
    [InlineData("\"~\"", "~")]
    [InlineData("''", "")]
    [InlineData("!!str null", "null")]
    [InlineData("nULL", "nULL")]
    [InlineData("nil", "nil")]
    [InlineData("yes", "yes")]
    [InlineData("true", "true")]
    [InlineData("007", "007")]
    [InlineData("2027-01-01", "2027-01-01")]
    public void Read_OtherWords_AreText(string yaml, string expected) => Assert.Equal(expected, (string?)Field(yaml, "area"));

    [Theory]
    [InlineData("5", 5)]
    [InlineData("+5", 5)]
    [InlineData("-5", -5)]
    [InlineData("007", 7)]
    [InlineData("0x1F", 31)]
    [InlineData("0o17", 15)]
    public void Read_WholeNumberOfTheCoreSchema_IsANumber(string yaml, long expected) => Assert.Equal(expected, (long)Field(yaml, "priority")!);

    [Theory]
    [InlineData("1_000")]
    [InlineData("5.0")]
    [InlineData("0o8")]
    [InlineData("0x")]
    [InlineData("99999999999999999999")]
    [InlineData("high")]
    public void Read_AnythingElse_StaysTextSoThatItsFaultIsTold(string yaml) => Assert.Equal(yaml, (string?)Field(yaml, "priority"));

    [Theory]
    [InlineData("|", "")]
    [InlineData("|-", "")]
    [InlineData("|+", "\n\n")]
    [InlineData(">", "")]
    [InlineData(">-", "")]
    [InlineData(">+", "\n\n")]
    [InlineData("| # why", "")]
    public void Read_BlockWithBlankLinesOnly_IsEmptyAndWhatFollowsIsRead(string header, string expected)
    {
        foreach (var end in new[] { "\n", "\r\n" })
        {
            var yaml = string.Join(end, "- title: A", $"  description: {header}", "      ", "      ", "  priority: 5", "- title: B");
            var entries = Read(yaml);
            Assert.Equal((2, expected, 5L), (entries.Count, ((string?)entries[0].Fields["description"])!.ReplaceLineEndings("\n"), (long)entries[0].Fields["priority"]!));
            Assert.Equal((5, 6), (entries[0].LineOf("priority"), entries[1].Line));
        }
    }

    [Theory]
    [InlineData("- title: A\n  description: |\n      \n      ")]
    [InlineData("- title: A\n  description: |\n      \n      \n")]
    [InlineData("- description: |\n        \n  title: A\n")]
    [InlineData("- title: A\n  description: |\n        \n# a remark\n")]
    [InlineData("- title: A\n  description: |\n        \n...\n")]
    [InlineData("tasks:\n- title: A\n  description: >-\n        \n")]
    public void Read_EmptyBlockAtAnyPlace_IsEmpty(string yaml) => Assert.Equal("", (string?)Assert.Single(Read(yaml)).Fields["description"]);

    [Fact]
    public void Read_BlockWithText_KeepsTheBlanksOfItsLines()
    {
        var text = (string?)Assert.Single(Read("- title: A\n  description: |\n    Say:\n    key: |\n         \n    done\n")).Fields["description"];
        Assert.Equal("Say:\nkey: |\n     \ndone\n", text);
    }

    [Fact]
    public void Read_BlankLinesIndentedMoreThanTheText_AreTheFaultThatYamlSaysTheyAre() =>
        Assert.StartsWith("is not YAML", Fault("- title: A\n  description: |\n        \n    text\n").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("- title: a\n---\n")]
    [InlineData("- title: a\n--- # nothing more\n")]
    [InlineData("- title: a\n...\n")]
    [InlineData("---\n- title: a\n")]
    [InlineData("%YAML 1.2\n---\n- title: a\n")]
    [InlineData("---\n- title: a\n...\n---\n...\n")]
    [InlineData("---\n---\n- title: a\n")]
    [InlineData("# head\n---\n- title: a\n---\n# tail\n---\n")]
    public void Read_EmptyDocuments_AreNothing(string yaml) => Assert.Equal("a", (string?)Assert.Single(Read(yaml)).Fields["title"]);

    [Theory]
    [InlineData("- title: a\n---\n- title: b\n", 3)]
    [InlineData("- title: a\n...\n---\n\n- title: b\n", 5)]
    [InlineData("- title: a\n---\ntext\n", 3)]
    public void Read_TwoDocuments_NamesTheSecond(string yaml, int line) => Assert.Equal((line, "a task file is one YAML document"), Fault(yaml));

    [Theory]
    [InlineData("- title: a\n  title: b\n", 2)]
    [InlineData("- title: a\n  description: |\n        \n  priority: [\n", 5)]
    [InlineData("- &x title: a\n- *x\n", 2)]
    [InlineData("- <<: *x\n", 1)]
    [InlineData("- title: \"\\ud800\"\n", 1)]
    public void Read_Faults_NameTheirTrueLine(string yaml, int line) => Assert.Equal(line, Fault(yaml).Line);

    private static JsonNode? Field(string yaml, string field) => Assert.Single(Read($"- title: A\n  {field}: {yaml}\n")).Fields[field];

    private static IReadOnlyList<ImportEntry> Read(string yaml)
    {
        var entries = YamlTasks.Read(yaml, 100, (line, message) => Assert.Fail($"line {line}: {message}"));
        Assert.NotEmpty(entries);
        return entries;
    }

    private static (int Line, string Message) Fault(string yaml)
    {
        var faults = new List<(int, string)>();
        YamlTasks.Read(yaml, 100, (line, message) => faults.Add((line, message)));
        return Assert.Single(faults);
    }
}
