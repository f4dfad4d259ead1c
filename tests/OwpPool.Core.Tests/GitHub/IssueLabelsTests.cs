using OwpPool.Core.GitHub;

namespace OwpPool.Core.Tests.GitHub;

public sealed class IssueLabelsTests
{
    [Fact]
    public void Read_NoneOfOurs_IsTheDefaults()
    {
        var labels = IssueLabels.Read(["bug", "good first issue", "pool:ready", "status: open", ""]);
        Assert.Equal((1, 10, 0, null), (labels.EstimatePoints, labels.Priority, labels.Tier, labels.Area));
        Assert.Empty(labels.Skills);
        Assert.Empty(labels.Faults);
    }

    [Fact]
    public void Read_All_IsWhatTheySay()
    {
        var labels = IssueLabels.Read(["Estimate: 5", "priority:High", "skills:sql, C#", "skills:SQL,go", "area: src/orders", "tier:2"]);
        Assert.Equal((5, 80, 2, "src/orders"), (labels.EstimatePoints, labels.Priority, labels.Tier, labels.Area));
        Assert.Equal(["sql", "C#", "go"], labels.Skills);
        Assert.Empty(labels.Faults);
    }

    [Theory]
    [InlineData("priority:critical", 100)]
    [InlineData("priority:high", 80)]
    [InlineData("priority:medium", 50)]
    [InlineData("priority:low", 20)]
    [InlineData("priority:0", 0)]
    [InlineData("priority:1000", 1000)]
    public void Read_Priority_WordOrNumber(string label, int priority) => Assert.Equal(priority, IssueLabels.Read([label]).Priority);

    [Theory]
    [InlineData("estimate:1", 1)]
    [InlineData("size:100", 100)]
    public void Read_Estimate_UnderEitherName(string label, int points) => Assert.Equal(points, IssueLabels.Read([label]).EstimatePoints);

    [Theory]
    [InlineData("estimate:0")]
    [InlineData("size:101")]
    [InlineData("estimate:XL")]
    [InlineData("estimate:")]
    [InlineData("estimate:+1")]
    [InlineData("priority:1001")]
    [InlineData("priority:urgent")]
    [InlineData("tier:4")]
    [InlineData("area:")]
    public void Read_CannotBeRead_IsAFaultThatNamesTheLabel(string label) =>
        Assert.Contains($"'{label}'", Assert.Single(IssueLabels.Read([label]).Faults), StringComparison.Ordinal);

    [Theory]
    [InlineData("estimate:3", "size:5")]
    [InlineData("priority:high", "priority:20")]
    [InlineData("area:a", "area:b")]
    [InlineData("tier:1", "tier:2")]
    public void Read_TwoThatContradict_AreAFault(string one, string other) => Assert.Single(IssueLabels.Read([one, other]).Faults);

    [Fact]
    public void Read_TwoThatAgree_AreNone() => Assert.Empty(IssueLabels.Read(["estimate:3", "size:3", "area:a", "area:a"]).Faults);

    [Fact]
    public void Read_OneLetterInTwoForms_IsOneNameInNfc()
    {
        var labels = IssueLabels.Read(["area:src/M\u00FCller", "area:src/Mu\u0308ller", "skills:gr\u00F6\u00DFe,Gro\u0308\u00DFe"]);
        Assert.Empty(labels.Faults);
        Assert.Equal("src/M\u00FCller", labels.Area);
        Assert.Equal(["gr\u00F6\u00DFe"], labels.Skills);
    }

    [Fact]
    public void Read_Lengths_AtTheLimitAndBeyond()
    {
        Assert.Empty(IssueLabels.Read([$"area:{new string('x', 120)}", $"skills:{new string('x', 64)}"]).Faults);
        Assert.Equal(2, IssueLabels.Read([$"area:{new string('x', 121)}", $"skills:{new string('x', 65)}"]).Faults.Count);
        Assert.Empty(IssueLabels.Read(Enumerable.Range(0, 50).Select(i => $"skills:s{i}")).Faults);
        Assert.Single(IssueLabels.Read(Enumerable.Range(0, 51).Select(i => $"skills:s{i}")).Faults);
    }
}
