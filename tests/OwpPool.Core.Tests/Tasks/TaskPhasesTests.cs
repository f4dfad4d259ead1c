using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

public sealed class TaskPhasesTests
{
    [Theory]
    [InlineData(TaskPhase.Ready, "offered leased pr_opened merged cancelled")]
    [InlineData(TaskPhase.Offered, "leased ready cancelled")]
    [InlineData(TaskPhase.Leased, "in_progress pr_opened ready dead_letter cancelled")]
    [InlineData(TaskPhase.InProgress, "blocked pr_opened ready dead_letter cancelled")]
    [InlineData(TaskPhase.Blocked, "in_progress pr_opened ready dead_letter cancelled")]
    [InlineData(TaskPhase.PrOpened, "merged in_progress ready dead_letter cancelled")]
    [InlineData(TaskPhase.Merged, "ready")]
    [InlineData(TaskPhase.Cancelled, "")]
    [InlineData(TaskPhase.DeadLetter, "ready cancelled")]
    public void LegalSteps_OfPhase_AreThoseOfRule9(TaskPhase phase, string expected)
    {
        var steps = TaskPhases.LegalSteps[phase].Select(step => step.Wire());

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), steps.Order());
    }

    [Theory]
    [InlineData(TaskPhase.Ready, "ready", false, false, false)]
    [InlineData(TaskPhase.Offered, "offered", false, true, true)]
    [InlineData(TaskPhase.Leased, "leased", true, true, true)]
    [InlineData(TaskPhase.InProgress, "in_progress", true, true, true)]
    [InlineData(TaskPhase.Blocked, "blocked", true, true, true)]
    [InlineData(TaskPhase.PrOpened, "pr_opened", false, false, true)]
    [InlineData(TaskPhase.Merged, "merged", false, false, false)]
    [InlineData(TaskPhase.Cancelled, "cancelled", false, false, false)]
    [InlineData(TaskPhase.DeadLetter, "dead_letter", false, false, false)]
    public void Phase_Always_HoldsWhatRules3To5Say(TaskPhase phase, string wire, bool leased, bool worker, bool budget)
    {
        Assert.Equal(wire, phase.Wire());
        Assert.Equal(leased, phase.IsLeased());
        Assert.Equal(worker, phase.OccupiesWorker());
        Assert.Equal(budget, phase.CountsAgainstBudget());
    }

    [Theory]
    [InlineData(TaskPhase.Ready, "")]
    [InlineData(TaskPhase.Offered, "")]
    [InlineData(TaskPhase.Leased, "in_progress pr_opened")]
    [InlineData(TaskPhase.InProgress, "blocked pr_opened")]
    [InlineData(TaskPhase.Blocked, "in_progress pr_opened")]
    [InlineData(TaskPhase.PrOpened, "in_progress merged")]
    [InlineData(TaskPhase.Merged, "")]
    [InlineData(TaskPhase.DeadLetter, "")]
    public void ReportableFrom_Phase_NamesOnlyWhatAWorkerMayReport(TaskPhase phase, string expected) =>
        Assert.Equal(expected, string.Join(' ', TaskPhases.ReportableFrom(phase)));

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 30)]
    [InlineData(3, 120)]
    [InlineData(4, 600)]
    [InlineData(5, 600)]
    [InlineData(int.MaxValue, 600)]
    public void Backoff_AfterNthAttempt_IsTheTableOfRule8(int attempts, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RequeuePolicy.Backoff(attempts));

    [Theory]
    [InlineData(AttemptOutcome.Expired, true)]
    [InlineData(AttemptOutcome.Failed, true)]
    [InlineData(AttemptOutcome.Offline, true)]
    [InlineData(AttemptOutcome.Released, false)]
    [InlineData(AttemptOutcome.PrOpened, false)]
    [InlineData(AttemptOutcome.Requeued, false)]
    [InlineData(AttemptOutcome.Cancelled, false)]
    public void Counts_Outcome_IsThatOfRule8(AttemptOutcome outcome, bool counts) =>
        Assert.Equal(counts, RequeuePolicy.Counts(outcome));
}
