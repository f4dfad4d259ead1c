using System.Text.RegularExpressions;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.GitHub;

/// <summary>What a pull request on GitHub means for the task that it serves. Pure.</summary>
public static partial class PullRequestRules
{
    /// <summary>Text beyond it is not searched for a task's id.</summary>
    private const int MaxText = 65_536;

    /// <summary>The task that a pull request names: by its branch, <c>owp/t_…</c> with or without <c>/</c> and more behind it, else by a
    /// line of its own in the text, <c>owp: t_…</c>. More than one such line names none.</summary>
    public static string? NamedTask(string? branch, string? text)
    {
        if (branch is not null && BranchName().Match(branch) is { Success: true } named && IdOf(named) is { } id) return id;
        if (string.IsNullOrEmpty(text)) return null;
        var searched = text.Length <= MaxText ? text : text[..MaxText];
        var ids = Line().Matches(searched).Select(IdOf).OfType<string>().Distinct(StringComparer.Ordinal).Take(2).ToList();
        return ids is [var only] ? only : null;
    }

    /// <summary>What the signal asks of the task as it stands; null = nothing.</summary>
    public static ReviewMove? MeaningFor(PullRequestSignal signal, TaskState task)
    {
        if (signal.IsMerged)
        {
            // Its opening was not heard of: first that, then this.
            return task.Phase.IsLeased() ? ReviewMove.Opened
                : task.Phase is TaskPhase.Merged && task.ConfirmedBy is not null ? null
                : ReviewMove.Merged;
        }
        if (!signal.IsOpen)
        {
            // Its holder was sent back to it, or it was under review.
            var isReviewed = task.Phase is TaskPhase.PrOpened || (task.Lease?.ResumedAt is not null && IsOf(signal, task));
            return isReviewed || task.IsMergedUnconfirmed ? ReviewMove.Rejected : null;
        }
        if (signal.ChangesRequested)
        {
            if (task.Phase is TaskPhase.PrOpened) return ReviewMove.ChangesRequested;
            return task.Phase.IsLeased() && !IsOf(signal, task) ? ReviewMove.Opened : null;
        }
        if (signal.IsDraft || task.Phase is TaskPhase.Merged or TaskPhase.Cancelled) return null;
        // What rests on the worker's word until now is seen, or is another.
        if (task.Phase is TaskPhase.PrOpened)
            return task.ReviewConfirmedBy is null || (signal.AsksForReview && task.Wish?.WorkerId == task.WorkerId) ? ReviewMove.Opened : null;
        // That it is still open is no news of a pull request that was under review before: its holder was sent back to it.
        return signal.AsksForReview || !IsOf(signal, task) ? ReviewMove.Opened : null;
    }

    /// <summary>What the signal asks of a task whose worker does not have it any more; null = nothing.</summary>
    /// <param name="signal">About that worker's pull request.</param>
    /// <param name="task">Ready, or another's.</param>
    /// <param name="workerId">The worker.</param>
    public static ReviewMove? MeaningForFormer(PullRequestSignal signal, TaskState task, string workerId)
    {
        if (task.Phase is TaskPhase.Merged or TaskPhase.Cancelled) return null;
        if (signal.IsMerged) return ReviewMove.Merged;
        if (!signal.IsOpen) return task.Wish?.WorkerId == workerId ? ReviewMove.Rejected : null;
        if (signal.ChangesRequested) return ReviewMove.ChangesRequested;
        return signal.AsksForReview ? ReviewMove.Opened : null;
    }

    /// <summary>Whether it is the pull request that a worker had before the task left its hands.</summary>
    public static bool IsOfFormer(PullRequestSignal signal, TaskState task) => task.Former is { } former && former.WorkerId != task.WorkerId
        && former.Artifact.PrUrl is { } known && PullRequestUrl.KeyOf(known) == PullRequestUrl.KeyOf(signal.PrUrl);

    /// <summary>Whether GitHub shows that the pull request is the work of the task's holder (protocol rule 10): by its author, or by a
    /// branch of the repo itself that names the task. What was shown once stays shown.</summary>
    /// <param name="signal">What GitHub says.</param>
    /// <param name="task">The task that it is held against.</param>
    /// <param name="holderHandle">What the holder says that it is called on GitHub; null = it does not say.</param>
    public static bool IsHolders(PullRequestSignal signal, TaskState task, string? holderHandle)
    {
        if (task.ReviewConfirmedBy is not null && IsOf(signal, task)) return true;
        return IsAuthors(signal, holderHandle) ?? IsBranchOf(signal, task);
    }

    /// <summary>Whether the author is the worker; null where one of them is not known.</summary>
    public static bool? IsAuthors(PullRequestSignal signal, string? handle) =>
        CanonicalHandle(handle) is { } known && CanonicalHandle(signal.Author) is { } author ? known == author : null;

    /// <summary>Whether its branch is in the repo itself and names the task.</summary>
    public static bool IsBranchOf(PullRequestSignal signal, TaskState task) =>
        signal.IsOwnBranch && NamedTask(signal.Branch, null) == task.TaskId;

    /// <summary>Whether what the signal asks must be shown to be about the holder's own work. That the pull request which the worker itself
    /// named was closed or needs changes is taken for true, whoever opened it.</summary>
    public static bool NeedsProof(PullRequestSignal signal, TaskState task, ReviewMove move) =>
        move is ReviewMove.Opened or ReviewMove.Merged || !IsOf(signal, task);

    /// <summary>Whether it is the pull request that the task has.</summary>
    public static bool IsOf(PullRequestSignal signal, TaskState task) =>
        task.Artifact.PrUrl is { } known && PullRequestUrl.KeyOf(known) == PullRequestUrl.KeyOf(signal.PrUrl);

    /// <summary>The form in which logins are compared: lower case, NFC, without <c>@</c>. Null = not known.</summary>
    public static string? CanonicalHandle(string? handle) =>
        handle is not null && Names.Folded(handle.Trim().TrimStart('@')) is { Length: > 0 } canonical ? canonical : null;

    /// <summary>Whether a reviewer with this association to the repo surely speaks for its maintainers: on a public repo anybody can ask for
    /// changes. Others may be maintainers who hide that they are.</summary>
    public static bool IsMaintainer(string? association) => association is "OWNER" or "MEMBER" or "COLLABORATOR";

    private static string? IdOf(Match match) => Ids.IsId(match.Groups[1].Value, Ids.Task) ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^owp/(t_[A-Za-z0-9_-]+)(?:/.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex BranchName();

    [GeneratedRegex(@"^[ \t]*owp:[ \t]*(t_[A-Za-z0-9_-]+)[ \t]*\r?$",
        RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
