using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Tests.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Matching;

public sealed class EligibilityTests
{
    private static readonly WorkerCapability Free = new() { WorkerId = "w_1", Trust = TrustTier.Basic, FreePoints = 5, FreeSlots = 1 };

    [Theory]
    [InlineData(true, 3, false, 0, Ineligibility.RepoPaused)]
    [InlineData(false, 3, false, 0, Ineligibility.BudgetExhausted)]
    [InlineData(false, 4, true, 1, Ineligibility.BudgetExhausted)] // the limit was lowered
    [InlineData(false, 2, false, 0, Ineligibility.WorkerUnavailable)]
    [InlineData(false, 2, true, 0, Ineligibility.ConcurrencyReached)]
    [InlineData(false, 2, true, -1, Ineligibility.ConcurrencyReached)]
    [InlineData(false, 2, true, 1, null)]
    public void WhyNothing_SeveralReasons_NamesTheFirst(bool paused, int used, bool available, int slots, Ineligibility? expected)
    {
        var worker = Free with { Available = available, FreeSlots = slots };

        Assert.Equal(expected, Eligibility.WhyNothing(new RepoSettings { MaxOpenPrs = 3, Paused = paused }, used, worker));
    }

    [Fact]
    public void WhyNothing_BudgetOfNought_GrantsNothing() =>
        Assert.Equal(Ineligibility.BudgetExhausted, Eligibility.WhyNothing(new RepoSettings { MaxOpenPrs = 0 }, 0, Free));

    [Theory]
    [InlineData("go", 2, 6, Ineligibility.SkillMissing)]
    [InlineData("", 2, 6, Ineligibility.TrustTooLow)]
    [InlineData("", 1, 6, Ineligibility.CapacityExceeded)]
    [InlineData("", 1, 5, null)]
    [InlineData("", 0, 1, null)]
    public void WhyNot_SeveralReasons_NamesTheFirst(string skill, int tier, int points, Ineligibility? expected) =>
        Assert.Equal(expected, Eligibility.WhyNot(ReadyTask.ShapeOf([skill], tier, points), Free, new TrustPolicy()));

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "go", true)]
    [InlineData("go", "", false)]
    [InlineData(" GO ", "go", true)]
    [InlineData("Go,C#", "c# , gO", true)]
    [InlineData("go,c#", "go", false)]
    [InlineData("go", "golang", false)]
    [InlineData("golang", "go", false)]
    [InlineData(" , go", "go", true)]
    public void WhyNot_Skills_AreComparedTrimmedAndWithoutCase(string required, string known, bool eligible)
    {
        var worker = Free with { Skills = [.. known.Split(',').Select(Names.CanonicalSkill)] };

        var reason = Eligibility.WhyNot(ReadyTask.ShapeOf(required.Split(','), 0, 1), worker, new TrustPolicy());

        Assert.Equal(eligible ? null : Ineligibility.SkillMissing, reason);
    }

    [Theory]
    [InlineData(TrustTier.Untrusted, 2)]
    [InlineData(TrustTier.Basic, 0)]
    [InlineData(TrustTier.Trusted, 3)]
    [InlineData(TrustTier.Maintainer, 1)]
    public void WhyNot_Trust_IsMappedByTheReposOwnPolicy(TrustTier trust, int highest)
    {
        var policy = new TrustPolicy { Untrusted = 2, Basic = 0, Trusted = 3, Maintainer = 1 };
        for (var tier = 0; tier <= 3; tier++)
        {
            var reason = Eligibility.WhyNot(ReadyTask.ShapeOf([], tier, 1), Free with { Trust = trust }, policy);
            Assert.Equal(tier <= highest ? null : Ineligibility.TrustTooLow, reason);
        }
    }

    [Fact]
    public void ShapeOf_SameSkillsWrittenOtherwise_IsOneShape()
    {
        var shape = ReadyTask.ShapeOf(["Go", "c#", " go", ""], 1, 2);
        var same = ReadyTask.ShapeOf(["C#", "GO"], 1, 2);

        Assert.Equal(["c#", "go"], shape.Skills);
        Assert.Equal(shape, same);
        Assert.Equal(shape.GetHashCode(), same.GetHashCode());
        Assert.All([ReadyTask.ShapeOf(["go"], 1, 2), ReadyTask.ShapeOf(["c#", "go"], 2, 2), ReadyTask.ShapeOf(["c#", "go"], 1, 1)],
            other => Assert.NotEqual(shape, other));
    }

    [Fact]
    public void From_ReadyState_TakesWhatMatchingNeeds()
    {
        var notBefore = Given.Start.AddHours(1);
        var state = Given.Ready(new TaskSpec
        {
            Title = "Fix",
            Priority = 70,
            EstimatePoints = 4,
            Tier = 2,
            RequiredSkills = ["Go"],
            Area = "SRC/",
            NotBefore = notBefore,
            DependsOn = ["t_2"],
        });

        var task = ReadyTask.From(state);

        Assert.Equal((Given.TaskId, 70, "src", 0L), (task.TaskId, task.Priority, task.AreaKey, task.Token));
        Assert.Equal((notBefore, notBefore), (task.ReadyAt, task.EligibleAt));
        Assert.Equal(ReadyTask.ShapeOf(["go"], 2, 4), task.Shape);
        Assert.Equal(["t_2"], task.DependsOn);
    }

    [Fact]
    public void From_StateGrantedBefore_WaitsForNoDependencyAgain() =>
        Assert.Empty(ReadyTask.From(Given.Ready(new TaskSpec { Title = "Fix", DependsOn = ["t_2"] }) with { Token = 1 }).DependsOn);
}
