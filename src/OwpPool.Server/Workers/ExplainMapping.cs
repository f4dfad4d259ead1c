using OwpPool.Core.Matching;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Workers;

/// <summary>Reasons as words and as sentences.</summary>
internal static class ExplainMapping
{
    /// <summary>The reason word of a task that nobody can lease because of where it stands.</summary>
    public const string NotReady = "not_ready";

    /// <summary>Repos without an answer that the sentence names.</summary>
    private const int MostNamed = 3;

    /// <summary>The word of a reason.</summary>
    public static string WordOf(Ineligibility reason) => EnumWords<Ineligibility>.Of(reason);

    public static ExplainResponse ToWire(this WorkExplanation explanation) => new()
    {
        WorkerId = explanation.Capability.WorkerId,
        Available = explanation.Capability.Available,
        FreePoints = explanation.Capability.FreePoints,
        FreeSlots = explanation.Capability.FreeSlots,
        Message = explanation.Task is { } task ? Say(task) : Say(explanation.Repos, explanation.Unanswered),
        Repos = [.. explanation.Repos.Select(ToWire)],
        Unanswered = explanation.Unanswered,
        Task = explanation.Task is null ? null : ToWire(explanation.Task),
    };

    /// <summary>What keeps the worker from the task, in a sentence.</summary>
    internal static string Say(Ineligibility reason) => reason switch
    {
        Ineligibility.RepoPaused => "The repo is paused by its maintainers.",
        Ineligibility.BudgetExhausted => "The repo's review budget is used up; a review must end first.",
        Ineligibility.WorkerUnavailable => "You are paused, offline or revoked.",
        Ineligibility.ConcurrencyReached => "You hold as many tasks as you may at once.",
        Ineligibility.NotBefore => "It is not to be begun yet.",
        Ineligibility.DependencyOpen => "A task that must be merged first is not.",
        Ineligibility.DependencyDead =>
            "It waits for a task that was cancelled or is a dead letter: nobody gets it until a maintainer changes what it depends on, or revives that task.",
        Ineligibility.SkillMissing => "It requires a skill that you did not name at registration.",
        Ineligibility.TrustTooLow => "Your trust does not reach its tier in this repo.",
        Ineligibility.CapacityExceeded => "Its points do not fit into what you have free.",
        Ineligibility.AreaLocked => "Another task holds its area of the repo.",
        Ineligibility.Excluded => "You excluded or lately rejected it.",
        Ineligibility.HeldLately => "You failed, lost or released it within the last hour, and others could take it; or you asked to be spared it.",
        Ineligibility.ReviewsUnconfirmed =>
            "You have as many pull requests in this repo as you may that nobody else has confirmed; one of them must be merged, closed or confirmed.",
        Ineligibility.PoolPaused => "The maintainers have paused the whole pool.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Unknown reason."),
    };

    private static string Say(TaskExplanation task)
    {
        if (task.Phase is not TaskPhase.Ready) return $"The task is {task.Phase.Wire()}, and only a ready one is given out.";
        if (task.DeadNeeds.Count > 0) return $"{Say(Ineligibility.DependencyDead)} It is {string.Join(", ", task.DeadNeeds)}.";
        return task.Reason is { } reason ? Say(reason) : "You could lease it now: ask for work.";
    }

    private static string Say(IReadOnlyList<RepoExplanation> repos, IReadOnlyList<string> unanswered) => unanswered.Count switch
    {
        0 => Say(repos),
        <= MostNamed => $"{Say(repos)} No answer from {string.Join(", ", unanswered)}: not counted.",
        _ => $"{Say(repos)} No answer from {unanswered.Count} repos: not counted.",
    };

    private static string Say(IReadOnlyList<RepoExplanation> repos)
    {
        if (repos.Count == 0) return "No repo has a ready task.";
        if (repos.Sum(Takeable) > 0) return "There is work that you could lease now: ask for it.";
        var first = repos.SelectMany(Counts).GroupBy(static count => count.Reason).MaxBy(static group => group.Sum(count => count.Tasks));
        return first is null ? "No repo has a ready task." : $"None of the ready tasks is for you now. Most often: {Say(first.Key)}";
    }

    /// <summary>How many tasks each reason keeps back; what closes the whole repo comes before what is wrong with a single task.</summary>
    private static IEnumerable<(Ineligibility Reason, int Tasks)> Counts(RepoExplanation repo) =>
        repo.Nothing is { } nothing ? [(nothing, repo.Ready)] : repo.Reasons.Select(static pair => (pair.Key, pair.Value));

    private static int Takeable(RepoExplanation repo) =>
        repo.Nothing is null ? Math.Max(0, repo.Ready - repo.Reasons.Values.Sum()) : 0;

    private static ExplainRepoWire ToWire(RepoExplanation repo) => new()
    {
        Repo = repo.Repo,
        Ready = repo.Ready,
        Takeable = Takeable(repo),
        BudgetUsed = repo.BudgetUsed,
        MaxOpenPrs = repo.MaxOpenPrs,
        Nothing = repo.Nothing is { } nothing ? WordOf(nothing) : null,
        Reasons = repo.Reasons.OrderBy(static pair => pair.Key)
            .ToDictionary(static pair => WordOf(pair.Key), static pair => pair.Value, StringComparer.Ordinal),
    };

    private static ExplainTaskWire ToWire(TaskExplanation task) => new()
    {
        TaskId = task.TaskId,
        Phase = task.Phase.Wire(),
        Eligible = task is { Phase: TaskPhase.Ready, Reason: null },
        Reason = task.Phase is not TaskPhase.Ready ? NotReady : task.Reason is { } reason ? WordOf(reason) : null,
        DeadDependencies = task.DeadNeeds,
    };
}
