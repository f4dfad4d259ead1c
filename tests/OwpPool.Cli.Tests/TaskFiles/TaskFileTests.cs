using OwpPool.Cli.TaskFiles;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.TaskFiles;

public sealed class TaskFileTests
{
    [Fact]
    public void Parse_AllFields_AreRead()
    {
        var entry = Assert.Single(TaskFile.Parse("""
            - title: Fix it
              description: |
                First line.
                Second line.
              estimate_points: 5
              priority: 80
              required_skills: [C#, sql]
              area: src/api
              tier: 1
              external_id: shop-1
            """, "f.yaml"));

        Assert.Equal(("Fix it", "First line.\nSecond line.\n", 5, 80),
            (entry.Title, entry.Description, entry.EstimatePoints, entry.Priority));
        Assert.Equal(("src/api", 1, "shop-1", 1), (entry.Area, entry.Tier, entry.ExternalId, entry.Line));
        Assert.Equal(["C#", "sql"], entry.RequiredSkills);
    }

    [Fact]
    public void Parse_TitleOnly_TakesTheProtocolsDefaults()
    {
        var entry = Assert.Single(TaskFile.Parse("- title: Fix it\n  area:\n  description: ~", "f.yaml"));

        Assert.Equal((1, 10, 0), (entry.EstimatePoints, entry.Priority, entry.Tier));
        Assert.Null(entry.Area);
        Assert.Null(entry.Description);
        Assert.Empty(entry.RequiredSkills);
    }

    [Fact]
    public void Parse_NoExternalId_IsMadeFromTheTitleAndStaysTheSame()
    {
        var first = TaskFile.Parse("- title: Grüße\n- title: 検索", "a.yaml");
        var again = TaskFile.Parse("- title: 検索\n  priority: 5\n- title: Grüße", "b.yaml");

        Assert.Equal(first[0].ExternalId, again[1].ExternalId);
        Assert.Equal(first[1].ExternalId, again[0].ExternalId);
        Assert.NotEqual(first[0].ExternalId, first[1].ExternalId);
    }

    [Fact]
    public void Parse_Dependencies_ComeFirstOtherwiseAsWritten()
    {
        var titles = TaskFile.Parse("""
            - {title: A, depends_on: [C, b-id]}
            - {title: B, external_id: b-id, depends_on: [C]}
            - {title: C}
            - {title: D}
            """, "f.yaml").Select(entry => entry.Title);

        Assert.Equal(["C", "D", "B", "A"], titles);
    }

    [Theory]
    [InlineData("- title: A\n- title: ''", 2, "'title' is blank")]
    [InlineData("- title: A\n- priority: 3", 2, "'title' is missing")]
    [InlineData("- title: A\n  estimate_points: many", 2, "'estimate_points' must be a whole number from 1 to 100, not 'many'")]
    [InlineData("- title: A\n  estimate_points: 0", 2, "from 1 to 100, not '0'")]
    [InlineData("- title: A\n  estimate_points: 101", 2, "from 1 to 100, not '101'")]
    [InlineData("- title: A\n  estimate_points: 2.5", 2, "not '2.5'")]
    [InlineData("- title: A\n  estimate_points: 99999999999", 2, "not '99999999999'")]
    [InlineData("- title: A\n  priority: -1", 2, "'priority' must be a whole number from 0 to 1000")]
    [InlineData("- title: A\n  priority: 1001", 2, "'priority' must be a whole number from 0 to 1000")]
    [InlineData("- title: A\n  tier: 4", 2, "'tier' must be a whole number from 0 to 3")]
    [InlineData("- title: A\n  tier: [1]", 2, "'tier' must be a whole number from 0 to 3")]
    [InlineData("- title: A\n  required_skills: sql", 2, "'required_skills' must be a list")]
    [InlineData("- title: A\n  required_skills:\n    - sql\n    - {x: y}", 4, "each entry of 'required_skills' must be text")]
    [InlineData("- title: A\n  required_skills:\n    - ''", 3, "each entry of 'required_skills' must be text")]
    [InlineData("- title: A\n  priorty: 5", 2, "no field 'priorty'")]
    [InlineData("- title: [A]", 1, "'title' must be text")]
    [InlineData("- title: A\n  area: {x: y}", 2, "'area' must be text")]
    [InlineData("- title: A\n- just text", 2, "a task is a mapping")]
    [InlineData("title: A", 1, "must be a list of tasks")]
    [InlineData("- title: A\n---\n- title: B", 3, "one YAML document")]
    [InlineData("- title: A\n- title: A", 2, "'A' names the task at line 1 already")]
    [InlineData("- title: A\n  external_id: x\n- title: B\n  external_id: x", 3, "'x' names the task at line 1 already")]
    [InlineData("- title: A\n  depends_on: [B]", 2, "'depends_on' names 'B', which is no task of this file")]
    [InlineData("- title: A\n  depends_on: [A]", 2, "cannot depend on itself")]
    [InlineData("- title: A\n  depends_on: [B]\n- title: B\n  depends_on: [A]", 1, "these tasks wait for each other: 'A', 'B'")]
    [InlineData("- title: A\n  title: B", 2, "is not YAML")]
    [InlineData("- title: 'A\n", 2, "is not YAML")]
    [InlineData("- title: *nobody", 1, "aliases are not read")]
    [InlineData("", 0, "must be a list of tasks")]
    [InlineData("# nothing", 0, "must be a list of tasks")]
    [InlineData("[]", 0, "holds no tasks")]
    public void Parse_Fault_IsNamedWithItsLine(string yaml, int line, string message)
    {
        var failure = Assert.Throws<TaskFileException>(() => TaskFile.Parse(yaml, "f.yaml"));

        var problem = Assert.Single(failure.Problems);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal(line, problem.Line);
        Assert.StartsWith(line == 0 ? "f.yaml: " : $"f.yaml:{line}: ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NULL")]
    [InlineData("Null")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    public void Parse_AnySpellingOfNull_IsNothing(string nothing)
    {
        var entry = Assert.Single(TaskFile.Parse(
            $"- title: A\n  area: {nothing}\n  description: {nothing}\n  required_skills: {nothing}\n  priority: {nothing}", "f.yaml"));

        Assert.Equal((null, null, 10), (entry.Area, entry.Description, entry.Priority));
        Assert.Empty(entry.RequiredSkills);
    }

    [Fact]
    public void Parse_QuotedNull_IsText() => Assert.Equal("NULL", Assert.Single(TaskFile.Parse("- title: A\n  area: 'NULL'", "f.yaml")).Area);

    [Fact]
    public void Parse_TitleInTwoForms_IsTheSameTask() => Assert.Equal(
        TaskFile.Parse("- title: Gr\u00FC\u00DFe", "f.yaml")[0].ExternalId, TaskFile.Parse("- title: Gru\u0308\u00DFe", "f.yaml")[0].ExternalId);

    [Fact]
    public void Parse_SeveralFaults_AreAllNamedInOrder()
    {
        var failure = Assert.Throws<TaskFileException>(() =>
            TaskFile.Parse("- title: A\n  tier: 9\n- title: B\n  priority: x\n  depends_on: [C]", "f.yaml"));

        Assert.Equal([2, 4, 5], failure.Message.Split(Environment.NewLine).Select(line => int.Parse(line.Split(':')[1])));
    }

    [Theory]
    [InlineData("title", 300)]
    [InlineData("description", 65_536)]
    [InlineData("area", 120)]
    [InlineData("external_id", 200)]
    public void Parse_TextAtAndOverItsLimit_PassesAndFails(string field, int limit)
    {
        string With(int length) => (field == "title" ? "- " : "- title: T\n  ") + $"{field}: {new string('x', length)}";

        Assert.Single(TaskFile.Parse(With(limit), "f.yaml"));
        var failure = Assert.Throws<TaskFileException>(() => TaskFile.Parse(With(limit + 1), "f.yaml"));
        Assert.Contains($"{limit} are allowed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    public void Parse_NestedToTheSky_IsRefusedWithoutOverflow(string open, string close)
    {
        var yaml = string.Concat(Enumerable.Repeat(open, 50_000)) + string.Concat(Enumerable.Repeat(close, 50_000));

        var failure = Assert.Throws<TaskFileException>(() => TaskFile.Parse(yaml, "f.yaml"));

        Assert.Contains("levels deep", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoSuchFile_SaysSo()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("cannot be read", Assert.Throws<TaskFileException>(() => TaskFile.Read(folder.File("none.yaml"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a directory", Assert.Throws<TaskFileException>(() => TaskFile.Read(folder.FullPath)).Message,
            StringComparison.Ordinal);
    }
}
