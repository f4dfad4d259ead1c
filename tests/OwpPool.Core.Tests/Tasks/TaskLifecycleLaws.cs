using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>What holds on every way through a task's life.</summary>
public sealed class TaskLifecycleLaws
{
    [Fact]
    public void AnyWalk_EveryStep_KeepsTheInvariants()
    {
        string[] possible =
        [
            "unchanged", "task.leased", "task.withdrawn", "task.lease_renewed", "task.expired", "task.failed", "task.worker_lost",
            "task.released", "task.dead_lettered", "task.started", "task.blocked", "task.pr_opened", "task.merged", "task.noted",
            "task.requeued", "task.revived", "task.cancelled", "task.offered", "task.offer_rejected", "task.offer_expired",
            "task.offer_withdrawn", RefusalReason.OfferExpired,
            "task.changes_requested", "task.merge_reported", "task.review_confirmed", "task.merge_confirmed", "task.rejected", "task.pull_request_ignored",
            "task.review_deferred", "task.review_withdrawn",
            RefusalReason.AreaLocked, RefusalReason.AlreadyExists,
            RefusalReason.StaleToken, RefusalReason.LeaseExpired, RefusalReason.LeaseLost, RefusalReason.WrongPhase,
            RefusalReason.NotHolder, RefusalReason.InvalidField,
        ];
        var (visited, answers) = (new HashSet<TaskPhase>(), new HashSet<string>());
        Law.HoldsForSequencesUntil(Step.Any, steps =>
        {
            foreach (var foot in Footprint.Of(steps))
            {
                AssertSound(foot.After);
                AssertMonotonic(foot);
                visited.Add(foot.After.Phase);
                answers.Add(foot.Decision.Refusal?.Reason ?? (foot.Decision.Next is null ? "unchanged" : foot.After.Event().Type));
            }
        }, runs: 1_000, () => answers.IsSupersetOf(possible));

        // The walks must have been everywhere, or they prove nothing.
        Assert.Equal(Enum.GetValues<TaskPhase>(), visited.Order());
        Assert.Empty(possible.Except(answers));
    }

    [Fact]
    public void AnyWalk_EveryChange_CarriesItsOneEventAndTheNextVersion() => Law.HoldsForSequences(Step.Any, steps =>
    {
        foreach (var foot in Footprint.Of(steps))
        {
            var (decision, before) = (foot.Decision, foot.Before);
            if (decision.Next is not { } next) continue;
            Assert.Null(decision.Refusal);
            Assert.Equal(before.Version + 1, next.Version);
            var audit = next.Event();
            Assert.Equal((foot.Now, before.TaskId, before.Repo, next.Phase.Wire()), (audit.At, audit.Target, audit.Repo, audit.Details["phase"]));
            Assert.Equal(ActorOf(foot), audit.Actor);
            Assert.Equal(before.Phase == next.Phase ? before.PhaseAt : foot.Now, next.PhaseAt);
        }
    });

    [Fact]
    public void AnyWalk_CommandOfAnEarlierLease_ChangesNothing() => Law.HoldsForSequences(Step.Any, steps =>
    {
        foreach (var foot in Footprint.Of(steps))
        {
            var (state, now) = (foot.After, foot.Now);
            var worker = state.WorkerId ?? "w_1";
            for (var token = Math.Max(0, state.Token - 3); token < state.Token; token++)
            {
                TaskCommand[] late =
                [
                    Given.Report(TaskPhase.InProgress, "late", worker: worker, token: token),
                    Given.Report(TaskPhase.Merged, "late", worker: worker, leaseId: $"l_{token}", token: token),
                    Given.GiveBack(worker: worker, token: token),
                    Given.GiveBack(AttemptOutcome.Offline, worker: worker, leaseId: $"l_{token}", token: token, actor: Actors.System),
                    Given.Grant(token, worker),
                    new TaskCommand.Settle($"l_{token}", token),
                ];
                Assert.All(late, command => Assert.Null(TaskLifecycle.Decide(state, command, now).Next));
            }
        }
    });

    [Fact]
    public void AnyWalk_FromTheLeasesEndOn_OnlyExpiryMovesTheTask() => Law.HoldsForSequences(Step.Any, steps =>
    {
        foreach (var foot in Footprint.Of(steps))
        {
            if (foot.After is not { Lease: { } lease, WorkerId: { } worker } state || !state.Phase.IsLeased()) continue;
            TaskCommand[] late =
            [
                Given.Report(TaskPhase.InProgress, "late", worker: worker),
                Given.Report(TaskPhase.PrOpened, worker: worker, token: state.Token),
                Given.GiveBack(worker: worker),
                new TaskCommand.Renew(lease.LeaseId, lease.ExpiresAt.AddHours(1)),
            ];
            Assert.All(late, command =>
                Assert.Equal(RefusalReason.LeaseExpired, TaskLifecycle.Decide(state, command, lease.ExpiresAt).Refusal?.Reason));
            var expired = state.Then(new TaskCommand.Expire(lease.LeaseId, Given.MaxAttempts), lease.ExpiresAt);
            Assert.Equal(state.Attempts + 1, expired.Attempts);
        }
    });

    [Fact]
    public void AnyWalk_AcceptedCommandAtOnceAgain_IsUnchangedOrRefused() => Law.HoldsForSequences(Step.Any, steps =>
    {
        foreach (var foot in Footprint.Of(steps).Where(foot => foot.Decision.Next is not null))
            Assert.Null(TaskLifecycle.Decide(foot.After, foot.Command, foot.Now).Next);
    });

    [Fact]
    public void AnyWalk_PlayedTwice_IsTheSame() => Law.HoldsForSequences(Step.Any, steps =>
        Assert.Equal(JsonSerializer.Serialize(Footprint.Of(steps)), JsonSerializer.Serialize(Footprint.Of(steps))), runs: 100);

    private static void AssertSound(TaskState state)
    {
        var held = state.Phase.OccupiesWorker() || state.Phase is TaskPhase.PrOpened or TaskPhase.Merged;
        Assert.Equal(held, state.WorkerId is not null);
        Assert.Equal(state.Phase.OccupiesWorker(), state.Lease is not null);
        Assert.InRange(state.History.Count, 0, TaskState.KeptHistory);
        Assert.Equal(state.History.OrderBy(attempt => attempt.Token).Select(attempt => attempt.Token), state.History.Select(attempt => attempt.Token));
        Assert.All(state.History, attempt => Assert.True(attempt.GrantedAt <= attempt.EndedAt));
        if (state.EligibleAt is { } eligible && state.Phase is TaskPhase.Ready) Assert.True(eligible > state.PhaseAt);
    }

    private static void AssertMonotonic(Footprint foot)
    {
        var (before, after) = (foot.Before, foot.After);
        Assert.True(after.Token >= before.Token, "the token fell");
        if (after.Lease?.LeaseId != before.Lease?.LeaseId && before.Phase is TaskPhase.Ready && after.Phase.OccupiesWorker())
            Assert.True(after.Token > before.Token, "a grant did not raise the token");
        if (before.Phase is TaskPhase.Offered)
            Assert.Equal((before.Token, before.Attempts, before.History.Count), (after.Token, after.Attempts, after.History.Count));
        if (before.Phase is TaskPhase.Offered && after.Phase is TaskPhase.Leased) Assert.Equal(before.WorkerId, after.WorkerId);
        // Only a maintainer's revival gives attempts back.
        if (before.Phase is TaskPhase.DeadLetter && after.Phase is TaskPhase.Ready) Assert.Equal(0, after.Attempts);
        else Assert.InRange(after.Attempts, before.Attempts, before.Attempts + 1);
        if (after.Attempts > before.Attempts) Assert.False(after.Phase.IsLeased());
        if (before.Phase != after.Phase) Assert.Contains(after.Phase, TaskPhases.LegalSteps[before.Phase].AsEnumerable());
        if (before.Phase.IsLeased() && after.Phase.IsLeased())
            Assert.Equal((before.WorkerId, before.Lease!.LeaseId), (after.WorkerId, after.Lease!.LeaseId));
        Assert.Equal((before.ReadyAt, before.CreatedAt, before.Title), (after.ReadyAt, after.CreatedAt, after.Title));
        if (TaskPhases.LegalSteps[before.Phase].Count == 0) Assert.Equal(before.Phase, after.Phase);
    }

    private static string ActorOf(Footprint foot) => foot.Command switch
    {
        TaskCommand.Grant grant => grant.WorkerId,
        TaskCommand.Offer offer => offer.WorkerId,
        TaskCommand.AcceptOffer accept => accept.WorkerId,
        TaskCommand.RejectOffer reject => reject.WorkerId,
        TaskCommand.Renew => foot.Before.WorkerId!,
        TaskCommand.GiveBack giveBack => giveBack.Actor,
        TaskCommand.Report report => report.WorkerId,
        TaskCommand.Requeue or TaskCommand.Cancel => Actors.Admin,
        TaskCommand.Review review => review.Actor,
        _ => Actors.System,
    };
}
