using FsCheck;
using FsCheck.Fluent;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Matching;

/// <summary>The indexed backlog against the naive one: the same acts, the same answers, whoever asks.</summary>
public sealed class BacklogLaws
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly string[] Ids = ["t_a", "t_b", "t_B", "t_c", "t_d", "t_e", "t_f", "t_g", "t_h", "t_i", "t_j", "t_k"];
    private static readonly string[] Skills = ["c#", "go"];
    private static readonly string[] Areas = ["api", "web"];

    [Fact]
    public void AnyActs_EveryAnswer_EqualsTheNaiveScan()
    {
        var (found, reasons) = (0, new HashSet<Ineligibility>());
        var possible = Enum.GetValues<Ineligibility>().Where(IsOfTheBacklog).ToList();
        Law.HoldsForSequencesUntil(Acts, acts =>
        {
            var pointsPerHour = acts.Length % 3;
            var (backlog, naive, now) = (new Backlog(pointsPerHour), new NaiveBacklog(pointsPerHour), Start);
            foreach (var act in acts)
            {
                now = now.AddMinutes(act.WaitMinutes);
                Play(act, backlog, naive);
                backlog.Advance(now);
                naive.Advance(now);

                AssertSameCounts(naive, backlog);
                var best = backlog.Best(act.Asker, act.Trust, act.Locked, act.Excluded, now);
                Assert.Equal(naive.Best(act.Asker, act.Trust, act.Locked, act.Excluded, now)?.TaskId, best?.TaskId);
                if (best is not null) found++;
                AssertSameReasons(naive, backlog, act, reasons);
                AssertSameSupply(naive, backlog, act, now);
            }
        }, runs: 600, () => found > 1_000 && reasons.IsSupersetOf(possible));

        // Else the model would have agreed about nothing.
        Assert.True(found > 1_000, $"only {found} tasks were found");
        Assert.Equal(possible, reasons.Order());
    }

    private static bool IsOfTheBacklog(Ineligibility reason) =>
        reason is > Ineligibility.ConcurrencyReached and <= Ineligibility.Excluded;

    [Fact]
    public void AnyActs_Supply_PromisesExactlyWhatBestGives() => Law.HoldsForSequences(Acts, acts =>
    {
        var (backlog, now) = (new Backlog(), Start);
        foreach (var act in acts)
        {
            now = now.AddMinutes(act.WaitMinutes);
            Play(act, backlog, new NaiveBacklog(1));
            backlog.Advance(now);

            var promised = backlog.Supply(act.Locked, now)
                .FirstOrDefault(supply => Eligibility.WhyNot(supply.Shape, act.Asker, act.Trust) is null);
            var best = backlog.Best(act.Asker, act.Trust, act.Locked, new HashSet<string>(), now);

            Assert.Equal(promised?.BestRank, best is null ? null : backlog.RankOf(best, now));
        }
    });

    [Fact]
    public void AnyTasks_TakenInTurn_ComeInRankOrderAndLeaveNothing() => Law.HoldsForSequences(Tasks, tasks =>
    {
        var (backlog, now) = (new Backlog(), Start.AddHours(9));
        foreach (var task in tasks) backlog.Add(task);
        foreach (var dependency in backlog.OpenDependencies.ToArray()) backlog.Merged(dependency);
        backlog.Advance(now);
        var asker = new WorkerCapability { Skills = Skills, Trust = TrustTier.Maintainer, FreePoints = 100, FreeSlots = 20 };
        var taken = new List<ReadyTask>();
        while (backlog.Best(asker, new TrustPolicy(), new HashSet<string>(), new HashSet<string>(), now) is { } best)
        {
            taken.Add(best);
            Assert.Same(best, backlog.Remove(best.TaskId));
        }

        Assert.Equal(tasks.Select(task => task.TaskId).Distinct().Order(), taken.Select(task => task.TaskId).Order());
        Assert.Equal(taken.OrderByDescending(task => backlog.RankOf(task, now)).ThenBy(task => task.ReadyAt)
            .ThenBy(task => task.TaskId, StringComparer.Ordinal), taken);
        Assert.Equal(0, backlog.Count);
    });

    private static void Play(Act act, Backlog backlog, NaiveBacklog naive)
    {
        if (act.Kind is ActKind.Add)
        {
            backlog.Add(act.Task);
            naive.Add(act.Task);
        }
        else if (act.Kind is ActKind.Remove)
        {
            Assert.Equal(backlog.Contains(act.Task.TaskId), backlog.Remove(act.Task.TaskId) is not null);
            naive.Remove(act.Task.TaskId);
        }
        else if (act.Kind is ActKind.Merged)
        {
            backlog.Merged(act.Task.TaskId);
            naive.Merged(act.Task.TaskId);
        }
        else
        {
            backlog.Unmerged(act.Task.TaskId);
            naive.Unmerged(act.Task.TaskId);
        }
    }

    private static void AssertSameCounts(NaiveBacklog naive, Backlog backlog)
    {
        Assert.Equal((naive.Count, naive.DependentCount, naive.NextEligibleAt), (backlog.Count, backlog.DependentCount, backlog.NextEligibleAt));
        Assert.Equal(naive.OpenDependencies.Order(), backlog.OpenDependencies.Order());
    }

    private static void AssertSameReasons(NaiveBacklog naive, Backlog backlog, Act act, HashSet<Ineligibility> seen)
    {
        var actual = backlog.WhyNot(act.Asker, act.Trust, act.Locked, act.Excluded);
        var expected = naive.WhyNot(act.Asker, act.Trust, act.Locked, act.Excluded);
        var oneByOne = Ids.Select(id => backlog.WhyNot(id, act.Asker, act.Trust, act.Locked, act.Excluded)).OfType<Ineligibility>()
            .GroupBy(reason => reason).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(oneByOne, actual);
        seen.UnionWith(actual.Keys);
        Assert.All(actual.Values, tasks => Assert.True(tasks > 0));
        Assert.Equal(naive.DependentCount, actual.GetValueOrDefault(Ineligibility.DependencyOpen));
        actual.Remove(Ineligibility.DependencyOpen);
        actual.Remove(Ineligibility.NotBefore);
        Assert.Equal(expected, actual);
    }

    private static void AssertSameSupply(NaiveBacklog naive, Backlog backlog, Act act, DateTimeOffset now)
    {
        var supply = backlog.Supply(act.Locked, now);
        Assert.Equal(naive.Supply(act.Locked, now), supply.ToDictionary(item => item.Shape, item => (item.Tasks, item.BestRank)));
        Assert.Equal(supply.OrderByDescending(item => item.BestRank).Select(item => item.BestRank), supply.Select(item => item.BestRank));
        foreach (var limit in new[] { 1, 2, 4 }) AssertMissesNobody(supply, ShapeSupply.Limit(supply, limit), limit, act);
    }

    private static void AssertMissesNobody(IReadOnlyList<ShapeSupply> all, IReadOnlyList<ShapeSupply> limited, int limit, Act act)
    {
        Assert.InRange(limited.Count, Math.Min(all.Count, 1), limit);
        Assert.Equal(all.Take(limit - 1).Select(item => (item.Shape, item.BestRank)), limited.Take(limit - 1).Select(item => (item.Shape, item.BestRank)));
        Assert.Equal(limited.Select(item => item.Shape).Distinct(), limited.Select(item => item.Shape));
        Assert.Equal(all.Sum(item => item.Tasks), limited.Sum(item => item.Tasks));
        if (Rank(all) is { } rank) Assert.True(Rank(limited) >= rank, "somebody who could take a task is missed");

        int? Rank(IReadOnlyList<ShapeSupply> supplies) =>
            supplies.FirstOrDefault(item => Eligibility.WhyNot(item.Shape, act.Asker, act.Trust) is null)?.BestRank;
    }

    private static Gen<ReadyTask> Tasks { get; } =
        from id in Gen.Elements(Ids)
        from priority in Gen.Elements(10, 11, 12, 20)
        from age in Gen.Choose(0, 15)
        from skills in Gen.SubListOf(Skills)
        from tier in Gen.Choose(0, 2)
        from points in Gen.Choose(1, 3)
        from area in Gen.Elements(null, null, "api", "web")
        from rest in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 300)))
        from dependsOn in Gen.Frequency((3, Gen.Constant(Array.Empty<string>())), (1, Gen.SubListOf(Ids[..3]).Select(ids => ids.ToArray())))
        select new ReadyTask
        {
            TaskId = id,
            Priority = priority,
            ReadyAt = Start.AddMinutes(20 * age),
            EligibleAt = rest == 0 ? null : Start.AddMinutes(rest),
            Shape = ReadyTask.ShapeOf(skills, tier, points),
            AreaKey = area,
            DependsOn = [.. dependsOn],
            Token = 0,
        };

    private static Gen<Act> Acts { get; } =
        from kind in Gen.Frequency((6, Gen.Constant(ActKind.Add)), (2, Gen.Constant(ActKind.Remove)), (2, Gen.Constant(ActKind.Merged)),
            (1, Gen.Constant(ActKind.Unmerged)))
        from task in Tasks
        from wait in Gen.Choose(0, 40)
        from skills in Gen.SubListOf(Skills)
        from trust in Gen.Choose(0, 3)
        from points in Gen.Choose(0, 3)
        from policy in Gen.Elements(new TrustPolicy(), new TrustPolicy { Untrusted = 2, Basic = 0 })
        from locked in Gen.SubListOf(Areas)
        from excluded in Gen.Frequency((2, Gen.Constant(Array.Empty<string>())), (1, Gen.SubListOf(Ids).Select(ids => ids.ToArray())))
        select new Act(kind, task, wait,
            new WorkerCapability { WorkerId = "w_1", Skills = [.. skills], Trust = (TrustTier)trust, FreePoints = points, FreeSlots = 1 },
            policy, locked.ToHashSet(), excluded.ToHashSet());

    private enum ActKind
    {
        Add,
        Remove,
        Merged,
        Unmerged,
    }

    private sealed record Act(ActKind Kind, ReadyTask Task, int WaitMinutes, WorkerCapability Asker, TrustPolicy Trust,
        HashSet<string> Locked, HashSet<string> Excluded);
}
