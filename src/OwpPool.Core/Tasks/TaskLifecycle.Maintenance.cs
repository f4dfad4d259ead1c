using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>How a maintainer sets phases and moves tasks.</summary>
public static partial class TaskLifecycle
{
    /// <summary>The phases that <see cref="TaskCommand.Force"/> can set. Whether work goes on or is blocked, its holder alone can say.</summary>
    public static IReadOnlyList<TaskPhase> ForcedPhases { get; } =
        [TaskPhase.Ready, TaskPhase.PrOpened, TaskPhase.Merged, TaskPhase.Cancelled, TaskPhase.DeadLetter];

    private static Decision<TaskState> Maintain(TaskState state, TaskCommand command, DateTimeOffset now) => command switch
    {
        TaskCommand.Edit edit => Edit(state, edit, now),
        TaskCommand.Place place => Place(state, place, now),
        TaskCommand.Force force => Force(state, force, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "Unknown command."),
    };

    private static Decision<TaskState> Place(TaskState state, TaskCommand.Place place, DateTimeOffset now)
    {
        if (state.Phase is not TaskPhase.Ready) return Refuse(OnlyWhen(state, "Only a ready task has a place among the others."));
        if ((place.Priority, place.ReadyAt) == (state.Priority, state.ReadyAt)) return Decision<TaskState>.Unchanged();
        return Change(state with { Priority = place.Priority, ReadyAt = place.ReadyAt }, now, "task.moved", place.Actor,
            ("priority_before", Number(state.Priority)), ("priority", Number(place.Priority)),
            ("ready_at_before", Instants.Text(state.ReadyAt)), ("ready_at", Instants.Text(place.ReadyAt)), ("reason", place.Reason));
    }

    private static Decision<TaskState> Force(TaskState state, TaskCommand.Force force, DateTimeOffset now)
    {
        if (!ForcedPhases.Contains(force.Status))
        {
            var words = string.Join(", ", ForcedPhases.Select(TaskPhases.Wire));
            return Refuse(Refusal.Invalid("status", $"Only its holder can say that a task is {force.Status.Wire()}; it can be set to {words}."));
        }
        if (state.Phase == force.Status) return Decision<TaskState>.Unchanged();
        if (!MayForce(state, force.Status)) return Refuse(CannotForce(state, force.Status));
        var decision = force.Status switch
        {
            TaskPhase.Ready => Requeue(state, new TaskCommand.Requeue(force.Actor, force.Reason), now),
            TaskPhase.Cancelled => Cancel(state, new TaskCommand.Cancel(force.Actor, force.Reason), now),
            TaskPhase.Merged => Merge(state, Merged(force), now),
            TaskPhase.PrOpened => ForceReview(state, force, now),
            _ => ForceAway(state, force, now),
        };
        return decision.Next is { } next ? Decision<TaskState>.Change(AsForced(next)) : decision;
    }

    private static TaskCommand.Review Merged(TaskCommand.Force force) =>
        new(force.Actor, ReviewMove.Merged, null, new Artifact(), force.Reason, TtlSeconds: 0, HoldsArea: false);

    private static Decision<TaskState> ForceReview(TaskState state, TaskCommand.Force force, DateTimeOffset now)
    {
        var seen = state with { Phase = TaskPhase.PrOpened, ReviewConfirmedBy = Confirmer(force.Actor) };
        var next = Delivered(seen, state, force.Reason, now);
        return Change(next, now, "task.pr_opened", force.Actor, ("worker_id", state.WorkerId), ("reason", force.Reason),
            ("phase_before", state.Phase.Wire()), ("on_time", OnTimeWord(next)));
    }

    private static Decision<TaskState> ForceAway(TaskState state, TaskCommand.Force force, DateTimeOffset now)
    {
        var next = state with
        {
            Phase = TaskPhase.DeadLetter,
            WorkerId = null,
            Lease = null,
            EligibleAt = null,
            History = WithAttempt(state, AttemptOutcome.Requeued, force.Reason, now),
            Former = FormerOf(state, isRejected: false),
        };
        return Change(next, now, "task.dead_lettered", force.Actor, ("worker_id", state.WorkerId), ("reason", force.Reason),
            ("phase_before", state.Phase.Wire()));
    }

    /// <summary>Spends a token, so that whoever held the task cannot report with the one it has.</summary>
    private static TaskState AsForced(TaskState next)
    {
        var token = next.Token + 1;
        var audit = next.Events[0];
        return next with
        {
            Token = token,
            Events = [audit with { Details = audit.Details.SetItem("forced", "true").SetItem("fencing_token", Number(token)) }],
        };
    }

    private static Refusal CannotForce(TaskState state, TaskPhase wanted) => WrongPhase(state, wanted.Wire()) with
    {
        LegalNext = [.. ForcedPhases.Where(phase => MayForce(state, phase)).Select(TaskPhases.Wire)],
    };

    /// <summary>A ready task has nobody whose work could be under review; it is merged if there was some.</summary>
    private static bool MayForce(TaskState state, TaskPhase wanted) => TaskPhases.LegalSteps[state.Phase].Contains(wanted)
        && (state.Phase is not TaskPhase.Ready || wanted is TaskPhase.Cancelled || (wanted is TaskPhase.Merged && state.Former is not null));

    private static Refusal OnlyWhen(TaskState state, string message) =>
        Refusal.Conflict(RefusalReason.WrongPhase, $"{message} This one is {state.Phase.Wire()}.") with { Phase = state.Phase.Wire() };
}
