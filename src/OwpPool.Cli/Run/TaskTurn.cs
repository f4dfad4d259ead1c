using System.Net;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>One go at a task under its lease, and what the pool is told of it. Every call is repeated until it is answered or the lease is
/// gone.</summary>
internal sealed class TaskTurn(PoolClient pool, LeaseHold hold, Patience patience, Action<RunStep> report, TimeProvider time)
{
    private const int MaxMessage = 4000;
    private const int MaxReason = 500;

    private bool _logsRefused;

    public LeaseView Lease => hold.Lease;

    /// <summary>What the lease is known by.</summary>
    public string Key => hold.Key;

    /// <summary>Ends when the lease is gone.</summary>
    public CancellationToken Gone => hold.Gone;

    /// <summary>Why it is gone; null = it is not.</summary>
    public string? LossReason => hold.LossReason;

    /// <summary>The task was blocked before, under this lease.</summary>
    public bool IsRetry { get; set; }

    /// <summary>Says that the work goes on.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        await ReportAsync(Report(ReportedStatus.InProgress), ct);
        Say(Steps.InProgress);
    }

    /// <summary>Adds lines to the task's log, each once, all of them in one request. A pool that takes no logs gets none: the work does
    /// not depend on them.</summary>
    public async Task LogAsync(IReadOnlyList<NewLogLine> lines, CancellationToken ct)
    {
        if (_logsRefused) return;
        var key = NewKey();
        var request = new LogRequest(lines) { LeaseId = Lease.LeaseId, FencingToken = Lease.FencingToken };
        try
        {
            await patience.AskAsync(async inner =>
            {
                try
                {
                    await pool.AppendLogsAsync(Lease.TaskId, request, key, inner);
                }
                catch (PoolProblemException problem) when (IsUnknownAddress(problem))
                {
                    RefuseLogs(problem);
                }
                return true;
            }, ct);
        }
        catch (PoolProblemException problem) when (problem.Status is HttpStatusCode.Conflict or HttpStatusCode.Forbidden)
        {
            throw Lost(problem);
        }
        catch (PoolProblemException problem) when (problem.Status is not HttpStatusCode.Unauthorized)
        {
            RefuseLogs(problem);
        }
    }

    private void RefuseLogs(PoolProblemException problem)
    {
        _logsRefused = true;
        Say(Steps.Warning, $"The pool takes no log of it: {problem.Message}");
    }

    /// <summary>Says that the work waits for something. The lease goes on.</summary>
    public async Task BlockAsync(WorkOutcome outcome, CancellationToken ct)
    {
        await ReportAsync(Report(ReportedStatus.Blocked, outcome.Message), ct);
        Say(Steps.Blocked, outcome.Message);
    }

    /// <summary>Ends the lease as the outcome says.</summary>
    /// <returns>What the pool took: a delivery whose pull request it refuses is a failure, and one for which it has no room among the
    /// reviews yet is blocked, with the lease kept.</returns>
    public async Task<WorkOutcome> SettleAsync(WorkOutcome outcome, CancellationToken ct)
    {
        hold.IsSettling = true;
        if (outcome.Kind is OutcomeKind.Delivered && await WhyNotDeliverAsync(outcome, ct) is { } problem)
        {
            if (IsAboutRoom(problem))
            {
                hold.IsSettling = false;
                var reason = $"{outcome.PullRequest} waits to be reported: {problem.Message}";
                outcome = outcome with { Kind = OutcomeKind.Blocked, Message = reason };
                await BlockAsync(outcome, ct);
                return outcome;
            }
            var refusal = $"The pool does not take {outcome.PullRequest}: {problem.Describe()}";
            outcome = new WorkOutcome(OutcomeKind.Failed) { Message = refusal };
        }
        switch (outcome.Kind)
        {
            case OutcomeKind.Delivered:
                Say(Steps.PrOpened, outcome.PullRequest?.AbsoluteUri ?? outcome.Message);
                break;
            case OutcomeKind.Failed:
                await ReportAsync(Report(ReportedStatus.Failed, outcome.Message), ct);
                Say(Steps.Failed, outcome.Message);
                break;
            default:
                await ReleaseAsync(outcome, ct);
                break;
        }
        return outcome;
    }

    /// <summary>Says that what was under review is merged.</summary>
    public async Task MergeAsync(CancellationToken ct)
    {
        await ReportAsync(Report(ReportedStatus.Merged), ct);
        Say(Steps.Merged);
    }

    /// <summary>Tells whoever watches the worker.</summary>
    public void Say(string step, string? note = null) => report(RunStep.Of(time.GetUtcNow(), step, Lease, note));

    /// <returns>What is wrong with the pull request; null = it is delivered.</returns>
    private async Task<PoolProblemException?> WhyNotDeliverAsync(WorkOutcome outcome, CancellationToken ct)
    {
        var delivery = Report(ReportedStatus.PrOpened, outcome.Message) with
        {
            Artifact = outcome is { PullRequest: null, CommitSha: null }
                ? null
                : new Artifact { PrUrl = outcome.PullRequest, CommitSha = outcome.CommitSha },
        };
        PoolProblemException? refusal = null;
        var key = NewKey();
        await TellAsync(async inner =>
        {
            try
            {
                return await pool.ReportAsync(Lease.TaskId, delivery, key, inner);
            }
            catch (PoolProblemException problem) when (IsAboutPullRequest(problem) || IsAboutRoom(problem))
            {
                refusal = problem;
                return null;
            }
        }, ct);
        return refusal;
    }

    private Task ReportAsync(ReportRequest request, CancellationToken ct)
    {
        // The same in all repeats: each report has one effect, and its first answer.
        var key = NewKey();
        return TellAsync(inner => pool.ReportAsync(Lease.TaskId, request, key, inner), ct);
    }

    private async Task ReleaseAsync(WorkOutcome outcome, CancellationToken ct)
    {
        var request = new ReleaseRequest
        {
            Reason = Short(outcome.Message, MaxReason),
            RetryAfterSeconds = outcome.RestSeconds > 0 ? outcome.RestSeconds : null,
            LeaseId = Lease.LeaseId,
            FencingToken = Lease.FencingToken,
        };
        var key = NewKey();
        await TellAsync(inner => pool.ReleaseAsync(Lease.TaskId, request, key, inner), ct);
        Say(Steps.Released, outcome.Message);
    }

    /// <exception cref="OperationCanceledException">The lease is gone, or <paramref name="ct"/> says so.</exception>
    private async Task TellAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        try
        {
            await patience.AskAsync(call, ct);
        }
        catch (PoolProblemException problem) when (problem.Status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden
            or HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            throw Lost(problem);
        }
    }

    private OperationCanceledException Lost(PoolProblemException problem)
    {
        hold.Lose(problem.Reason is { } reason ? $"{reason}: {problem.Message}" : problem.Message);
        return new OperationCanceledException(problem.Message, problem, hold.Gone);
    }

    private static bool IsAboutPullRequest(PoolProblemException problem) =>
        problem.Reason is "already_exists"
        || problem.Problem.FieldErrors.Keys.Any(field => field.EndsWith("pr_url", StringComparison.Ordinal));

    /// <summary>A pool without logs may answer so, in the words of its web framework.</summary>
    private static bool IsUnknownAddress(PoolProblemException problem) =>
        problem is { IsByPool: false, Status: HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed };

    /// <summary>The worker has as many reviews waiting in this repo as the pool lets it have.</summary>
    private static bool IsAboutRoom(PoolProblemException problem) =>
        problem is { Status: HttpStatusCode.Conflict, Reason: "limit_reached" };

    private ReportRequest Report(ReportedStatus status, string? message = null) => new(status)
    {
        Message = Short(message, MaxMessage),
        LeaseId = Lease.LeaseId,
        FencingToken = Lease.FencingToken,
    };

    private static string NewKey() => Guid.NewGuid().ToString("N");

    private static string? Short(string? text, int length)
    {
        if (text is null || text.Length <= length) return text;
        var end = length - 1;
        // A character must not be cut in two.
        if (char.IsHighSurrogate(text[end - 1])) end--;
        return text[..end] + "…";
    }
}
