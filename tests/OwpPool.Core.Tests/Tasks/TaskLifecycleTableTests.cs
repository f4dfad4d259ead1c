using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>Every command in every phase, as one table.</summary>
public sealed class TaskLifecycleTableTests
{
    // A phase = the command is accepted and leads there, = is "unchanged", a number is the refusal's status, with its reason. ~ is a state
    // that the pool never brings about: any answer will do, but there must be one.
    private const string Table = """
        command              | none  | ready           | offered         | leased            | in_progress       | blocked           | pr_opened         | merged            | cancelled       | dead_letter
        create               | ready | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        look                 | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        grant                | 404   | leased          | 400 wrong_phase | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase | 400 wrong_phase
        grant again          | 404   | leased          | 409 stale_token | =                 | =                 | =                 | 409 stale_token   | 409 stale_token   | 409 stale_token | 409 stale_token
        grant a spent token  | 404   | 409 stale_token | 409 stale_token | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token | 409 stale_token
        offer                | 404   | offered         | 400 wrong_phase | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase | 400 wrong_phase
        offer again          | 404   | offered         | =               | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token | 409 stale_token
        accept offer         | 404   | 409 offer_expired | leased          | =                 | =                 | =                 | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired
        accept offer, late   | 404   | 409 offer_expired | 409 offer_expired | 409 lease_expired | 409 lease_expired | 409 lease_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired
        accept, stranger     | 404   | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired
        reject offer         | 404   | 409 offer_expired | ready           | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired
        reject, stranger     | 404   | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired | 409 offer_expired
        end offer, in time   | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        end offer, late      | 404   | =               | ready           | =                 | =                 | =                 | =                 | =                 | =               | =
        withdraw offer       | 404   | =               | ready           | =                 | =                 | =                 | =                 | =                 | =               | =
        settle a lost grant  | 404   | ready           | =               | ~                 | ~                 | ~                 | ~                 | ~                 | ~               | ~
        settle a known grant | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        renew                | 404   | 409 lease_lost  | 409 lease_lost  | =                 | in_progress       | blocked           | 409 lease_lost    | 409 lease_lost    | 409 lease_lost  | 409 lease_lost
        renew another lease  | 404   | 409 lease_lost  | 409 lease_lost  | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost  | 409 lease_lost
        renew, late          | 404   | 409 lease_lost  | 409 lease_lost  | 409 lease_expired | 409 lease_expired | 409 lease_expired | 409 lease_lost    | 409 lease_lost    | 409 lease_lost  | 409 lease_lost
        expire, in time      | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        expire, late         | 404   | =               | =               | ready             | ready             | ready             | =                 | =                 | =               | =
        expire last, late    | 404   | =               | =               | dead_letter       | dead_letter       | dead_letter       | =                 | =                 | =               | =
        give back            | 404   | 403 not_holder  | 409 stale_token | ready             | ready             | ready             | 400 wrong_phase   | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        give back, late      | 404   | 403 not_holder  | 409 stale_token | 409 lease_expired | 409 lease_expired | 409 lease_expired | 400 wrong_phase   | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        give back, stranger  | 404   | 403 not_holder  | 403 not_holder  | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder  | 403 not_holder
        give back, old token | 404   | 403 not_holder  | 409 stale_token | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 lease_lost  | 409 lease_lost
        take back            | 404   | =               | =               | ready             | ready             | ready             | ~                 | ~                 | =               | =
        take back, old token | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        report in_progress   | 404   | 403 not_holder  | 409 stale_token | in_progress       | =                 | in_progress       | in_progress       | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        report blocked       | 404   | 403 not_holder  | 400 wrong_phase | 400 wrong_phase   | blocked           | =                 | 400 wrong_phase   | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        report pr_opened     | 404   | 403 not_holder  | 400 wrong_phase | pr_opened         | pr_opened         | pr_opened         | =                 | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        report merged        | 404   | 403 not_holder  | 400 wrong_phase | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | merged            | =                 | 409 lease_lost  | 409 lease_lost
        report ready         | 404   | 403 not_holder  | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 409 lease_lost  | 409 lease_lost
        report, stranger     | 404   | 403 not_holder  | 403 not_holder  | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder    | 403 not_holder  | 403 not_holder
        report, old token    | 404   | 403 not_holder  | 409 stale_token | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 lease_lost  | 409 lease_lost
        report, other lease  | 404   | 403 not_holder  | 409 stale_token | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 stale_token   | 409 lease_lost  | 409 lease_lost
        report, late         | 404   | 403 not_holder  | 400 wrong_phase | 409 lease_expired | 409 lease_expired | 409 lease_expired | in_progress       | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        requeue              | 404   | =               | ready           | ready             | ready             | ready             | ready             | ready             | 400 wrong_phase | ready
        undo                 | 404   | =               | =               | =                 | =                 | =                 | ready             | ready             | =               | =
        undo, stranger       | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        end review           | 404   | =               | =               | =                 | =                 | =                 | =                 | =                 | =               | =
        claim merged         | 404   | 403 not_holder  | 400 wrong_phase | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | pr_opened         | =                 | 409 lease_lost  | 409 lease_lost
        complete             | 404   | 403 not_holder  | 403 not_allowed | 403 not_allowed   | 403 not_allowed   | 403 not_allowed   | 403 not_allowed   | =                 | 409 lease_lost  | 409 lease_lost
        cancel               | 404   | cancelled       | cancelled       | cancelled         | cancelled         | cancelled         | cancelled         | 400 wrong_phase   | =               | cancelled
        review opened        | 404   | 409 lease_lost  | ~               | pr_opened         | pr_opened         | pr_opened         | pr_opened         | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        review opened, late  | 404   | 409 lease_lost  | ~               | 409 lease_expired | 409 lease_expired | 409 lease_expired | pr_opened         | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        review by anybody    | 404   | 400 wrong_phase | ~               | pr_opened         | pr_opened         | pr_opened         | pr_opened         | 400 wrong_phase   | 400 wrong_phase | 400 wrong_phase
        review, stranger     | 404   | 409 lease_lost  | 409 lease_lost  | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost    | 409 lease_lost  | 409 lease_lost
        review changes       | 404   | 409 lease_lost  | ~               | =                 | =                 | =                 | in_progress       | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        review changes, area | 404   | 409 lease_lost  | ~               | =                 | =                 | =                 | 409 area_locked   | 400 wrong_phase   | 409 lease_lost  | 409 lease_lost
        review merged        | 404   | 409 lease_lost  | ~               | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | merged            | merged            | 409 lease_lost  | 409 lease_lost
        review rejected      | 404   | 409 lease_lost  | ~               | 400 wrong_phase   | 400 wrong_phase   | 400 wrong_phase   | ready             | ready             | 409 lease_lost  | 409 lease_lost
        in bulk, changed     | 404   | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed | 409 version_changed
        review ignored       | 404   | ready           | offered         | leased            | in_progress       | blocked           | pr_opened         | merged            | cancelled       | dead_letter
        force ready          | 404   | =               | ready           | ready           | ready           | ready           | ready           | ready           | 400 wrong_phase | ready
        force pr_opened      | 404   | 400 wrong_phase | 400 wrong_phase | pr_opened       | pr_opened       | pr_opened       | =               | 400 wrong_phase | 400 wrong_phase | 400 wrong_phase
        force merged         | 404   | 400 wrong_phase | 400 wrong_phase | 400 wrong_phase | 400 wrong_phase | 400 wrong_phase | merged          | =               | 400 wrong_phase | 400 wrong_phase
        force cancelled      | 404   | cancelled       | cancelled       | cancelled       | cancelled       | cancelled       | cancelled       | 400 wrong_phase | =               | cancelled
        force dead_letter    | 404   | 400 wrong_phase | 400 wrong_phase | dead_letter     | dead_letter     | dead_letter     | dead_letter     | 400 wrong_phase | 400 wrong_phase | =
        force in_progress    | 404   | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field | 400 invalid_field
        place                | 404   | ready           | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase
        edit                 | 404   | ready           | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | 409 wrong_phase | dead_letter
        """;

    /// <summary>Command, phase and expected answer of every cell.</summary>
    public static TheoryData<string, string, string> Cells()
    {
        var cells = new TheoryData<string, string, string>();
        var lines = Table.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToArray();
        foreach (var line in lines[1..])
            for (var column = 1; column < lines[0].Length; column++) cells.Add(line[0], lines[0][column], line[column]);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Decide_CommandInPhase_AnswersAsTheTableSays(string command, string phase, string expected)
    {
        var state = phase == "none" ? new TaskState() : Given.In(Enum.GetValues<TaskPhase>().Single(value => value.Wire() == phase));
        var (asked, now) = CommandOf(command);

        var decision = TaskLifecycle.Decide(state, asked, now);

        if (expected != "~") Assert.Equal(expected, Answer(decision));
        if (decision.Next is { } next) AssertIsOneAuditedStep(state, next, now);
    }

    [Fact]
    public void Table_Itself_HasEveryPhaseAndEveryCommandKind()
    {
        var cells = Cells().Select(row => ((string)row[0], (string)row[1])).ToArray();

        Assert.Equal(["none", .. Enum.GetValues<TaskPhase>().Select(phase => phase.Wire())], cells.Select(cell => cell.Item2).Distinct());
        var kinds = typeof(TaskCommand).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(TaskCommand)));
        Assert.Equal(kinds.ToHashSet(), cells.Select(cell => CommandOf(cell.Item1).Command.GetType()).ToHashSet());
    }

    private static (TaskCommand Command, DateTimeOffset Now) CommandOf(string name)
    {
        var now = name.EndsWith("late", StringComparison.Ordinal) ? Given.LeaseEnd : Given.Soon;
        TaskCommand command = name switch
        {
            "create" => Given.Create(),
            "look" => new TaskCommand.Look(),
            "grant" => Given.Grant(token: 2, Given.Stranger),
            "grant again" => Given.Grant(),
            "grant a spent token" => Given.Grant(token: 0, Given.Stranger, "l_9"),
            "offer" => new TaskCommand.Offer(Given.Stranger, "o_2", 2, Given.Ttl),
            "offer again" => Given.Offer(),
            "accept offer" or "accept offer, late" => new TaskCommand.AcceptOffer(Given.Holder, Given.OfferId, Given.Ttl),
            "accept, stranger" => new TaskCommand.AcceptOffer(Given.Stranger, Given.OfferId, Given.Ttl),
            "reject offer" => new TaskCommand.RejectOffer(Given.Holder, Given.OfferId, OfferRejection.SkillMismatch, null),
            "reject, stranger" => new TaskCommand.RejectOffer(Given.Stranger, Given.OfferId, OfferRejection.Other, null),
            "end offer, in time" or "end offer, late" => new TaskCommand.Expire(Given.OfferId, Given.MaxAttempts),
            "withdraw offer" => Given.GiveBack(AttemptOutcome.Offline, leaseId: Given.OfferId, actor: Actors.System),
            "settle a lost grant" => new TaskCommand.Settle("l_2", 2),
            "settle a known grant" => new TaskCommand.Settle("l_0", 0),
            "renew" or "renew, late" => new TaskCommand.Renew(Given.LeaseId, Given.LeaseEnd.AddHours(1)),
            "renew another lease" => new TaskCommand.Renew("l_9", Given.LeaseEnd.AddHours(1)),
            "expire, in time" or "expire, late" => new TaskCommand.Expire(Given.LeaseId, Given.MaxAttempts),
            "expire last, late" => new TaskCommand.Expire(Given.LeaseId, 1),
            "give back" or "give back, late" => Given.GiveBack(leaseId: Given.LeaseId, token: Given.Token),
            "give back, stranger" => Given.GiveBack(worker: Given.Stranger),
            "give back, old token" => Given.GiveBack(token: 0),
            "take back" => Given.GiveBack(AttemptOutcome.Offline, leaseId: Given.LeaseId, actor: Actors.System),
            "take back, old token" => Given.GiveBack(AttemptOutcome.Offline, token: 0, actor: Actors.System),
            "report in_progress" => Given.Report(TaskPhase.InProgress, leaseId: Given.LeaseId, token: Given.Token),
            "report blocked" => Given.Report(TaskPhase.Blocked),
            "report pr_opened" => Given.Report(TaskPhase.PrOpened),
            "report merged" => Given.Report(TaskPhase.Merged),
            "report ready" => Given.Report(TaskPhase.Ready),
            "report, stranger" => Given.Report(TaskPhase.InProgress, worker: Given.Stranger),
            "report, old token" => Given.Report(TaskPhase.InProgress, token: 0),
            "report, other lease" => Given.Report(TaskPhase.InProgress, leaseId: "l_9"),
            "requeue" => new TaskCommand.Requeue(Actors.Admin, "why"),
            "undo" => new TaskCommand.Undo(Actors.Admin, Given.Holder, "why"),
            "undo, stranger" => new TaskCommand.Undo(Actors.Admin, Given.Stranger, "why"),
            "end review" => new TaskCommand.EndReview(),
            "claim merged" => Given.Report(TaskPhase.Merged, mayMerge: false),
            "complete" => Given.Report(TaskPhase.Merged, mayMerge: false) with { IsNoClaim = true },
            "cancel" => new TaskCommand.Cancel(Actors.Admin, "why"),
            "report, late" => Given.Report(TaskPhase.InProgress),
            "review opened" or "review opened, late" => Given.Review(ReviewMove.Opened),
            "review by anybody" => Given.Review(ReviewMove.Opened, worker: null),
            "review, stranger" => Given.Review(ReviewMove.Merged, worker: Given.Stranger),
            "review changes" => Given.Review(ReviewMove.ChangesRequested),
            "review changes, area" => Given.Review(ReviewMove.ChangesRequested, holdsArea: false),
            "review merged" => Given.Review(ReviewMove.Merged),
            "review rejected" => Given.Review(ReviewMove.Rejected),
            "review ignored" => Given.Review(ReviewMove.Ignored),
            "in bulk, changed" => new TaskCommand.InBulk("b_1", ExpectedVersion: 99, null, new TaskCommand.Cancel(Actors.Admin, "why")),
            "place" => new TaskCommand.Place(Actors.Admin, 99, Given.Start.AddHours(-1), null),
            "edit" => new TaskCommand.Edit(Actors.Admin, new TaskPatch { Tier = 3 }, null),
            _ when name.StartsWith("force ", StringComparison.Ordinal) =>
                new TaskCommand.Force(Actors.Admin, "why", TaskPhases.Parse(name["force ".Length..])),
            _ => throw new ArgumentException($"No such row: {name}", nameof(name)),
        };
        return (command, now);
    }

    private static string Answer(Decision<TaskState> decision) => decision switch
    {
        { Refusal.Kind: RefusalKind.NotFound } => "404",
        { Refusal: { } refusal } => $"{Status(refusal.Kind)} {refusal.Reason}",
        { Next: { } next } => next.Phase.Wire(),
        _ => "=",
    };

    private static int Status(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => 400,
        RefusalKind.Unauthorized => 401,
        RefusalKind.Forbidden => 403,
        RefusalKind.NotFound => 404,
        _ => 409,
    };

    private static void AssertIsOneAuditedStep(TaskState before, TaskState next, DateTimeOffset now)
    {
        if (before.Exists && before.Phase != next.Phase) Assert.Contains(next.Phase, TaskPhases.LegalSteps[before.Phase].AsEnumerable());
        Assert.Equal(before.Version + 1, next.Version);
        Assert.Equal(before.Phase == next.Phase && before.Exists ? before.PhaseAt : now, next.PhaseAt);
        var audit = next.Event();
        Assert.Equal((now, Given.TaskId, Given.Repo), (audit.At, audit.Target, audit.Repo));
        Assert.Equal(next.Phase.Wire(), audit.Details["phase"]);
        Assert.StartsWith("task.", audit.Type, StringComparison.Ordinal);
        Assert.NotEmpty(audit.Actor);
    }
}
