namespace OwpPool.Cli.Run;

/// <summary>What a command tells by its exit code, or by the first word of its result file. Part of <c>owp</c>'s contract.</summary>
internal static class CommandContract
{
    public const int Done = 0;

    /// <summary>The task waits for something.</summary>
    public const int Blocked = 10;

    /// <summary>Not a task for this worker.</summary>
    public const int Refused = 11;

    /// <summary>Not now; EX_TEMPFAIL of sysexits.h.</summary>
    public const int Later = 75;

    /// <summary>For help.</summary>
    public const string Help = """
        The command runs under sh, in a process group of its own. It gets the task as a prompt on stdin and in the
        file OWP_PROMPT_FILE, and in the variables OWP_TASK_ID, OWP_TASK_REPO, OWP_TASK_TITLE, OWP_TASK_DESCRIPTION,
        OWP_TASK_POINTS, OWP_TASK_PRIORITY, OWP_TASK_AREA, OWP_TASK_TIER, OWP_TASK_SKILLS, OWP_TASK_ATTEMPT,
        OWP_TASK_RESUMED (1 where it was begun before), OWP_LEASE_ID, and in a git worktree OWP_BRANCH and OWP_GIT_DIR.
        Variables that look like secrets, OWP_TOKEN and GITHUB_TOKEN among them, are not passed on unless --pass-env
        names them.

        Its pull request is what it writes into the file OWP_PR_FILE, else the last address in its output that looks
        like one. It may say why in the file OWP_RESULT_FILE, else its last line of output counts.

          exit 0    done: pr_opened; without a pull request a failure, unless --allow-no-pr
          exit 10   blocked: the task is kept, and the command started again after --retry-blocked
          exit 11   not for this worker: given back, no attempt counted, not taken again by this run
          exit 75   not now: given back, no attempt counted, rests for --retry-after
          else      failed: given back, the attempt is counted

        A command that cannot choose its exit code writes the word first into OWP_RESULT_FILE: 'blocked: why',
        'refused: why', 'later: why' or 'failed: why'. When the lease is lost, the group gets TERM, and after --grace KILL.
        """;

    /// <summary>What an end means.</summary>
    /// <param name="exitCode">As a shell counts: 128 and more for a signal.</param>
    /// <param name="result">What the result file says; null = nothing.</param>
    /// <param name="lastLine">Of the output; null = there was none.</param>
    /// <param name="pullRequest">What it named; null = none.</param>
    /// <param name="settings">What is allowed.</param>
    public static WorkOutcome Judge(int exitCode, string? result, string? lastLine, PullRequestLink pullRequest, CommandSettings settings)
    {
        var (kind, said) = Read(exitCode, result);
        var message = said ?? lastLine;
        if (kind is OutcomeKind.Failed && exitCode != Done)
            message = message is null ? $"The command ended with exit code {exitCode}." : $"Exit code {exitCode}: {message}";
        if (kind is OutcomeKind.Delivered && pullRequest.Problem is { } problem) return Failed(problem);
        if (kind is OutcomeKind.Delivered && pullRequest.Address is null && !settings.AllowNoPullRequest)
            return Failed("The command ended well, but named no pull request: not in OWP_PR_FILE, and not in its output.");
        return new WorkOutcome(kind)
        {
            Message = kind is OutcomeKind.Delivered ? said : message,
            PullRequest = kind is OutcomeKind.Delivered ? pullRequest.Address : null,
            RestSeconds = kind is OutcomeKind.Later ? settings.RestSeconds : 0,
        };
    }

    private static WorkOutcome Failed(string message) => new(OutcomeKind.Failed) { Message = message };

    private static (OutcomeKind Kind, string? Said) Read(int exitCode, string? result)
    {
        var colon = result?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        var word = colon > 0 ? result![..colon].Trim().ToLowerInvariant() : null;
        OutcomeKind? named = word switch
        {
            "blocked" => OutcomeKind.Blocked,
            "refused" => OutcomeKind.Refused,
            "later" => OutcomeKind.Later,
            "failed" => OutcomeKind.Failed,
            _ => null,
        };
        if (named is { } kind) return (kind, result![(colon + 1)..].Trim());
        return (exitCode switch
        {
            Done => OutcomeKind.Delivered,
            Blocked => OutcomeKind.Blocked,
            Refused => OutcomeKind.Refused,
            Later => OutcomeKind.Later,
            _ => OutcomeKind.Failed,
        }, result);
    }
}
