using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Tests.Tasks;

/// <summary>One task in every phase, reached by commands wherever a command leads there.</summary>
internal static class Given
{
    public const string TaskId = "t_1";
    public const string Repo = "acme/site";
    public const string Holder = "w_holder";
    public const string Stranger = "w_stranger";
    public const string LeaseId = "l_1";
    public const string OfferId = "o_1";
    public const long Token = 1;
    public const int Ttl = 14_400;
    public const int MaxAttempts = 5;

    public static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset LeaseEnd = Start.AddSeconds(Ttl);
    public static readonly DateTimeOffset Soon = Start.AddMinutes(1);

    public static TaskCommand.Create Create(TaskSpec? spec = null) =>
        new(TaskId, Repo, "Acme/Site", spec ?? new TaskSpec { Title = "Fix the header" }, Actors.Admin);

    public static TaskCommand.Grant Grant(long token = Token, string worker = Holder, string? leaseId = null, int ttl = Ttl) =>
        new(worker, leaseId ?? $"l_{token}", token, ttl);

    public static TaskCommand.Offer Offer(string? requestKey = null) => new(Holder, OfferId, Token, Ttl, requestKey);

    public static TaskCommand.Report Report(TaskPhase status, string? message = null, Artifact? artifact = null, bool mayMerge = true,
        string worker = Holder, string? leaseId = null, long? token = null, int ttl = Ttl) =>
        new(worker, status, leaseId, token, message, artifact ?? new Artifact(), mayMerge, ttl);

    public static TaskCommand.GiveBack GiveBack(AttemptOutcome outcome = AttemptOutcome.Released, string? reason = "no time",
        string worker = Holder, string? leaseId = null, long? token = null, TimeSpan retryAfter = default, string? actor = null,
        int maxAttempts = MaxAttempts, string? requestKey = null) =>
        new(worker, leaseId, token, outcome, reason, maxAttempts, retryAfter, actor ?? worker, requestKey);

    public static TaskCommand.Review Review(ReviewMove move, string? worker = Holder, Artifact? artifact = null, string? reason = null,
        bool holdsArea = true, string actor = Actors.Github) =>
        new(actor, move, worker, artifact ?? new Artifact(), reason, Ttl, holdsArea);

    public static TaskState Ready(TaskSpec? spec = null) => new TaskState().Then(Create(spec), Start);

    public static TaskState Leased() => Ready().Then(Grant(), Start);

    /// <summary>The task in a phase; all commands at <see cref="Start"/>, under the first lease.</summary>
    public static TaskState In(TaskPhase phase) => phase switch
    {
        TaskPhase.Ready => Ready(),
        TaskPhase.Leased => Leased(),
        TaskPhase.InProgress => Leased().Then(Report(TaskPhase.InProgress), Start),
        TaskPhase.Blocked => In(TaskPhase.InProgress).Then(Report(TaskPhase.Blocked), Start),
        TaskPhase.PrOpened => In(TaskPhase.InProgress).Then(Report(TaskPhase.PrOpened), Start),
        TaskPhase.Merged => In(TaskPhase.PrOpened).Then(Report(TaskPhase.Merged), Start),
        TaskPhase.DeadLetter => Leased().Then(GiveBack(AttemptOutcome.Failed, maxAttempts: 1), Start),
        TaskPhase.Cancelled => Leased().Then(new TaskCommand.Cancel(Actors.Admin, "no longer needed"), Start),
        _ => Ready().Then(Offer(), Start),
    };

    /// <summary>The state that an accepted command leads to.</summary>
    public static TaskState Then(this TaskState state, TaskCommand command, DateTimeOffset now)
    {
        var decision = TaskLifecycle.Decide(state, command, now);
        Assert.Null(decision.Refusal);
        return Assert.IsType<TaskState>(decision.Next);
    }

    /// <summary>Asserts that the command changes nothing, and that this is a repeat and no refusal.</summary>
    public static void StaysOn(this TaskState state, TaskCommand command, DateTimeOffset now)
    {
        var decision = TaskLifecycle.Decide(state, command, now);
        Assert.Null(decision.Refusal);
        Assert.Null(decision.Next);
    }

    /// <summary>Asserts that the command is refused, and says why.</summary>
    public static Refusal Refuses(this TaskState state, TaskCommand command, DateTimeOffset now)
    {
        var decision = TaskLifecycle.Decide(state, command, now);
        Assert.Null(decision.Next);
        return Assert.IsType<Refusal>(decision.Refusal);
    }

    public static AuditEvent Event(this TaskState state) => Assert.Single(state.Events);
}
