using System.Collections.Immutable;
using System.Globalization;
using OwpPool.Core.Matching;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>The only place that knows how a task moves (protocol rules 6, 8, 9 and 10). Pure and total: every pair of phase and command
/// has an answer, and every accepted change carries its audit event.</summary>
public static partial class TaskLifecycle
{
    /// <summary>Decides <paramref name="command"/> on <paramref name="state"/> at <paramref name="now"/>.</summary>
    /// <returns>The next state, "unchanged" for a repeat, or a refusal: unknown task (404), not the holder (403), lease lost, expired or
    /// stale (409), illegal step (400).</returns>
    public static Decision<TaskState> Decide(TaskState state, TaskCommand command, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(command);
        if (command is TaskCommand.Create create) return Create(state, create, now);
        if (!state.Exists) return Decision<TaskState>.Refuse(Refusal.NotFound("task"));
        return command switch
        {
            TaskCommand.Look => Decision<TaskState>.Unchanged(),
            TaskCommand.Grant grant => Grant(state, grant, now),
            TaskCommand.Offer offer => Offer(state, offer, now),
            TaskCommand.AcceptOffer accept => AcceptOffer(state, accept, now),
            TaskCommand.RejectOffer reject => RejectOffer(state, reject, now),
            TaskCommand.Settle settle => Settle(state, settle, now),
            TaskCommand.Renew renew => Renew(state, renew, now),
            TaskCommand.Expire expire => Expire(state, expire, now),
            TaskCommand.GiveBack giveBack => GiveBack(state, giveBack, now),
            TaskCommand.Report report => Report(state, report, now),
            TaskCommand.Requeue requeue => Requeue(state, requeue, now),
            TaskCommand.Undo undo => Undo(state, undo, now),
            TaskCommand.EndReview => EndReview(state, now),
            TaskCommand.Cancel cancel => Cancel(state, cancel, now),
            TaskCommand.Review review => Review(state, review, now),
            TaskCommand.InBulk bulk => DecideInBulk(state, bulk, now),
            _ => Maintain(state, command, now),
        };
    }

    private static Decision<TaskState> Create(TaskState state, TaskCommand.Create create, DateTimeOffset now)
    {
        // A task id is drawn at random or derived from the external id, so a task that is there already is the same request again.
        if (state.Exists) return Decision<TaskState>.Unchanged();
        var spec = create.Spec;
        var next = new TaskState
        {
            SchemaVersion = TaskState.CurrentSchema,
            TaskId = create.TaskId,
            Repo = create.Repo,
            RepoName = create.RepoName,
            Title = spec.Title,
            Description = spec.Description,
            EstimatePoints = spec.EstimatePoints,
            Priority = spec.Priority,
            RequiredSkills = Names.DistinctSkills(spec.RequiredSkills),
            Area = string.IsNullOrWhiteSpace(spec.Area) ? null : spec.Area.Trim(),
            AreaKey = Names.CanonicalArea(spec.Area),
            Tier = spec.Tier,
            NotBefore = spec.NotBefore,
            DependsOn = spec.DependsOn,
            ExternalId = spec.ExternalId,
            CreatedAt = now,
            ReadyAt = spec.NotBefore > now ? spec.NotBefore.Value : create.ReadyAt ?? now,
            EligibleAt = spec.NotBefore > now ? spec.NotBefore : null,
            Phase = TaskPhase.Ready,
        };
        return Change(next, now, "task.created", create.Actor, ("title", spec.Title), ("external_id", spec.ExternalId));
    }

    private static Decision<TaskState> Grant(TaskState state, TaskCommand.Grant grant, DateTimeOffset now)
    {
        if (state.Lease?.LeaseId == grant.LeaseId && state.Phase.IsLeased()) return Decision<TaskState>.Unchanged();
        if (grant.Token <= state.Token)
            return Refuse(Refusal.Conflict(RefusalReason.StaleToken, "A newer lease of this task was granted since."));
        if (WhyNotGiven(state, "leased", grant.ChosenBy) is { } refusal) return Refuse(refusal);
        var lease = Hold(grant.LeaseId, grant.TtlSeconds, grant.RequestKey, now);
        return BeginLease(state with { WorkerId = grant.WorkerId, Token = grant.Token }, lease, now, offerId: null);
    }

    private static Refusal? WhyNotGiven(TaskState state, string wanted, TaskClaim? chosenBy)
    {
        if (state.Phase is not TaskPhase.Ready) return WrongPhase(state, wanted);
        if (chosenBy is null) return null;
        var shape = ReadyTask.ShapeOf(state.RequiredSkills, state.Tier, state.EstimatePoints);
        return chosenBy.AreaKey == state.AreaKey && chosenBy.Shape.Equals(shape)
            ? null
            : Refusal.Conflict(RefusalReason.WrongPhase, "The task was edited since it was chosen.");
    }

    /// <summary>The task goes into the hands of the worker that <paramref name="state"/> names.</summary>
    private static Decision<TaskState> BeginLease(TaskState state, Lease lease, DateTimeOffset now, string? offerId)
    {
        var next = state with
        {
            Phase = TaskPhase.Leased,
            Lease = lease,
            GrantedAt = lease.GrantedAt,
            // What an earlier holder produced is in the log; the task is not this holder's pull request.
            Artifact = new Artifact(),
            ReviewConfirmedBy = null,
            Message = null,
            OnTime = null,
        };
        return Change(next, now, "task.leased", state.WorkerId!, ("lease_id", lease.LeaseId), ("fencing_token", Number(state.Token)),
            ("lease_expires_at", Instants.Text(lease.ExpiresAt)), ("offer_id", offerId), ("phase_before", state.Phase.Wire()));
    }

    private static Lease Hold(string id, int ttlSeconds, string? requestKey, DateTimeOffset now) => new()
    {
        LeaseId = id,
        GrantedAt = now,
        ExpiresAt = now.AddSeconds(ttlSeconds),
        TtlSeconds = ttlSeconds,
        RequestKey = requestKey,
    };

    private static Decision<TaskState> Settle(TaskState state, TaskCommand.Settle settle, DateTimeOffset now)
    {
        // A lease that runs keeps its token: spending a later one would turn its holder away.
        if (state.Token >= settle.Token || state.Phase.OccupiesWorker()) return Decision<TaskState>.Unchanged();
        return Change(state with { Token = settle.Token }, now, "task.withdrawn", Actors.System, ("lease_id", settle.LeaseId),
            ("fencing_token", Number(settle.Token)), ("reason", "The grant did not arrive; its token is spent."));
    }

    private static Decision<TaskState> Renew(TaskState state, TaskCommand.Renew renew, DateTimeOffset now)
    {
        if (!state.Phase.IsLeased() || state.Lease!.LeaseId != renew.LeaseId) return Refuse(LeaseLost());
        if (state.Lease.IsExpired(now)) return Refuse(LeaseExpired(state));
        // Whoever has not begun within one TTL has not begun (rule 6).
        if (state.Phase is TaskPhase.Leased || renew.ExpiresAt <= state.Lease.ExpiresAt) return Decision<TaskState>.Unchanged();
        var next = state with { Lease = state.Lease with { ExpiresAt = renew.ExpiresAt } };
        return Change(next, now, "task.lease_renewed", state.WorkerId!, ("lease_id", renew.LeaseId),
            ("expires_before", Instants.Text(state.Lease.ExpiresAt)), ("lease_expires_at", Instants.Text(renew.ExpiresAt)));
    }

    private static Decision<TaskState> Expire(TaskState state, TaskCommand.Expire expire, DateTimeOffset now)
    {
        if (!state.Phase.OccupiesWorker() || state.Lease!.LeaseId != expire.LeaseId || !state.Lease.IsExpired(now))
            return Decision<TaskState>.Unchanged();
        if (state.Phase is TaskPhase.Offered) return EndOffer(state, "task.offer_expired", Actors.System, now);
        var reason = $"The lease ended at {Instants.Text(state.Lease.ExpiresAt)} without a report.";
        return BackToReady(state, AttemptOutcome.Expired, reason, expire.MaxAttempts, TimeSpan.Zero, Actors.System, now);
    }

    private static Decision<TaskState> BackToReady(
        TaskState state, AttemptOutcome outcome, string? reason, int maxAttempts, TimeSpan retryAfter, string actor, DateTimeOffset now,
        string? requestKey = null)
    {
        var attempts = state.Attempts + (RequeuePolicy.Counts(outcome) ? 1 : 0);
        var dead = attempts >= maxAttempts && RequeuePolicy.Counts(outcome);
        var rest = retryAfter < RequeuePolicy.LongestRest ? retryAfter : RequeuePolicy.LongestRest;
        var wait = RequeuePolicy.Counts(outcome) ? RequeuePolicy.Backoff(attempts) : rest;
        var next = state with
        {
            Phase = dead ? TaskPhase.DeadLetter : TaskPhase.Ready,
            WorkerId = null,
            Lease = null,
            Attempts = attempts,
            History = WithAttempt(state, outcome, reason, now, requestKey, retryAfter > rest ? now + retryAfter : null),
            EligibleAt = dead || wait <= TimeSpan.Zero ? null : now + wait,
            Former = FormerOf(state, isRejected: false),
        };
        var type = dead ? "task.dead_lettered" : outcome switch
        {
            AttemptOutcome.Expired => "task.expired",
            AttemptOutcome.Failed => "task.failed",
            AttemptOutcome.Offline => "task.worker_lost",
            _ => "task.released",
        };
        return Change(next, now, type, actor, ("worker_id", state.WorkerId), ("lease_id", state.Lease?.LeaseId), ("reason", reason),
            ("phase_before", state.Phase.Wire()), ("attempts", Number(attempts)), ("outcome", outcome.ToString()));
    }

    private static Refusal? WhyNotHolder(TaskState state, string workerId, string? leaseId, long? token, DateTimeOffset now)
    {
        if (state.WorkerId != workerId)
        {
            return state.History.Any(attempt => attempt.WorkerId == workerId)
                ? LeaseLost()
                : Refusal.Forbidden(RefusalReason.NotHolder, "This task is not yours.", "Ask for work; you will be told which tasks you hold.");
        }
        var held = state.Lease?.LeaseId ?? LatestOf(state, workerId)?.LeaseId;
        if ((token is not null && token != state.Token) || (leaseId is not null && leaseId != held))
        {
            return Refusal.Conflict(RefusalReason.StaleToken, "The lease id or fencing token belongs to an earlier lease.",
                "Use the lease_id and fencing_token of the latest answer to a work request.");
        }
        return state.Phase.IsLeased() && state.Lease!.IsExpired(now) ? LeaseExpired(state) : null;
    }

    private static Refusal LeaseLost() => Refusal.Conflict(RefusalReason.LeaseLost, "You no longer hold this task.",
        "Stop working on it; ask for work again.");

    private static Refusal LeaseExpired(TaskState state) => Refusal.Conflict(RefusalReason.LeaseExpired,
        $"The lease ended at {Instants.Text(state.Lease!.ExpiresAt)}.", "Stop working on it; ask for work again.");

    private static Refusal WrongPhase(TaskState state, string wanted) => new()
    {
        Kind = RefusalKind.Invalid,
        Reason = RefusalReason.WrongPhase,
        Field = "status",
        Message = $"A task that is {state.Phase.Wire()} cannot become {wanted}.",
        Phase = state.Phase.Wire(),
        LegalNext = TaskPhases.ReportableFrom(state.Phase),
    };

    private static IReadOnlyList<Attempt> WithAttempt(
        TaskState state, AttemptOutcome outcome, string? reason, DateTimeOffset now, string? requestKey = null,
        DateTimeOffset? awayUntil = null)
    {
        // An offer that was not taken is no attempt at the work.
        if (state.Lease is not { } lease || state.Phase is TaskPhase.Offered) return state.History;
        var attempt = new Attempt
        {
            WorkerId = state.WorkerId!,
            LeaseId = lease.LeaseId,
            Token = state.Token,
            GrantedAt = lease.ResumedAt ?? lease.GrantedAt,
            EndedAt = now,
            Outcome = outcome,
            Reason = reason,
            RequestKey = requestKey,
            AwayUntil = awayUntil,
        };
        var uncounted = state.History.Count(past => !RequeuePolicy.Counts(past.Outcome));
        // Counted attempts stay with their reasons (rule 8), as many as there may be; of the others the latest.
        var dropped = uncounted < TaskState.KeptHistory ? null : state.History.First(past => !RequeuePolicy.Counts(past.Outcome));
        return [.. state.History.Where(past => past != dropped), attempt];
    }

    private static Decision<TaskState> Change(
        TaskState next, DateTimeOffset now, string type, string actor, params ReadOnlySpan<(string Key, string? Value)> details)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        builder.Add("phase", next.Phase.Wire());
        foreach (var (key, value) in details)
            if (value is not null) builder.Add(key, value);
        var moved = type == "task.created" || builder.ContainsKey("phase_before");
        if (builder.ContainsKey("phase_before")) AddTimes(builder, next, now);
        var audit = new AuditEvent
        {
            At = now,
            Type = type,
            Actor = actor,
            Target = next.TaskId,
            Repo = next.Repo,
            Details = builder.ToImmutable(),
        };
        var isReviewed = next.Phase is TaskPhase.PrOpened;
        return Decision<TaskState>.Change(next with
        {
            Events = [audit],
            Version = next.Version + 1,
            PhaseAt = moved ? now : next.PhaseAt,
            GrantedAt = next.WorkerId is null ? null : next.GrantedAt,
            ReviewUntil = isReviewed && next.ReviewConfirmedBy is null ? next.ReviewUntil : null,
            MergeReportedAt = isReviewed ? next.MergeReportedAt : null,
            Wish = IsOver(next) ? null : next.Wish,
        });
    }

    /// <summary>Whether nothing is left to be done of what GitHub said: the task is done, or its worker works on it.</summary>
    private static bool IsOver(TaskState next) => next.Phase is TaskPhase.Cancelled || next is { Phase: TaskPhase.Merged, ConfirmedBy: not null }
        || (next.Wish?.WorkerId == next.WorkerId && next.Phase.IsLeased());

    /// <summary>How long what ends here has lasted: whoever measures the work needs this event alone, and finds it also when the earlier
    /// ones are not kept any more.</summary>
    private static void AddTimes(ImmutableSortedDictionary<string, string?>.Builder details, TaskState next, DateTimeOffset now)
    {
        var before = TaskPhases.Parse(details["phase_before"]!);
        // A task that rests, or is not due yet, waits for nobody.
        var since = before is TaskPhase.Ready && next.EligibleAt > next.PhaseAt && next.EligibleAt <= now ? next.EligibleAt.Value : next.PhaseAt;
        details["phase_since"] = Instants.Text(since);
        if (next.History is not [.., var last]) return;
        if (before.IsLeased() && !next.Phase.IsLeased()) details["leased_at"] = Instants.Text(last.GrantedAt);
        if (next.Phase is not TaskPhase.Merged) return;
        last = LatestOf(next, next.WorkerId) ?? last;
        // A lease that went on after changes were requested began when it was granted.
        details["leased_at"] = Instants.Text(next.History.First(attempt => attempt.LeaseId == last.LeaseId).GrantedAt);
        details["created_at"] = Instants.Text(next.CreatedAt);
    }

    private static Decision<TaskState> Refuse(Refusal refusal) => Decision<TaskState>.Refuse(refusal);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
