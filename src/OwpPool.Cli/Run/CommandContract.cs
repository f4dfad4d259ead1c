using OwpPool.Cli.Output;

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

    /// <summary>A shell's word for a program that is there and cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>A shell's word for a program that is not there.</summary>
    public const int NotFound = 127;

    /// <summary>For help.</summary>
    public const string Help = """
        The command runs under sh in its own process group. The task comes as a
        prompt on stdin and in the file OWP_PROMPT_FILE, and in the variables
        OWP_TASK_ID, OWP_TASK_REPO, OWP_TASK_TITLE, OWP_TASK_DESCRIPTION,
        OWP_TASK_POINTS, OWP_TASK_PRIORITY, OWP_TASK_AREA, OWP_TASK_TIER,
        OWP_TASK_SKILLS, OWP_TASK_ATTEMPT, OWP_TASK_RESUMED (1 after a restart),
        OWP_LEASE_ID, and in a git worktree OWP_BRANCH and OWP_GIT_DIR.

        From the worker's environment it gets PATH, HOME, USER, SHELL, TERM, TZ,
        LANG, LC_*, TMPDIR, XDG_*, proxies and certificates, and with --preset
        those of the tool. --env NAME passes one more, such as
        --env SSH_AUTH_SOCK where a push needs the SSH agent. Values that look
        like secrets are masked in the log.

        Write the pull request's address to the file OWP_PR_FILE. Otherwise the
        output is searched for pull requests of the task's repo, or of any repo
        if it names none of that: the only one is used, else the only one on a
        line with the task's branch, else the only one alone on its line, as
        'gh pr create' prints it. If several are left, the task is blocked with
        that reason; the second time it is a failure. Write a reason to
        OWP_RESULT_FILE; otherwise the last line of output is used.

          exit 0    done: pr_opened; without a pull request a failure, unless
                    --allow-no-pr
          exit 10   blocked: the task is kept; the command starts again after
                    --retry-blocked
          exit 11   not for this worker: released, no attempt counted; this run
                    does not take it again
          exit 75   not now: released, no attempt counted; retried after
                    --retry-after
          exit 126  or 127, cannot start: released, no attempt counted; the
                    worker ends if nothing ran before
          else      failed: released, the attempt counts; also when --timeout
                    is over

        A command that cannot choose its exit code writes the word to
        OWP_RESULT_FILE: 'blocked: why', 'refused: why', 'later: why' or
        'failed: why'. When the lease is lost or the time is up, the group gets
        TERM, and after --grace KILL. After --pause-after failures in a row the
        worker pauses itself.
        """;

    /// <summary>What an end means.</summary>
    /// <param name="exitCode">As a shell counts: 128 and more for a signal; null = it was ended because its time was up.</param>
    /// <param name="result">What the result file says; null = nothing.</param>
    /// <param name="lastLine">Of the output; null = there was none.</param>
    /// <param name="pullRequest">What it named; null = none.</param>
    /// <param name="settings">What is allowed.</param>
    /// <param name="isRetry">The task was blocked before.</param>
    public static WorkOutcome Judge(
        int? exitCode, string? result, string? lastLine, PullRequestLink pullRequest, CommandSettings settings, bool isRetry)
    {
        if (exitCode is not { } code) return Failed(TimeIsUp(settings.Timeout!.Value, lastLine));
        var (kind, said) = Read(code, result);
        var message = said ?? lastLine;
        if (kind is OutcomeKind.Unable) return Unable(code, settings.Command, lastLine);
        if (kind is OutcomeKind.Failed && code != Done)
            message = message is null ? $"The command ended with exit code {code}." : $"Exit code {code}: {message}";
        // Somebody may look which one it is meanwhile; but the same command is not run for ever.
        if (kind is OutcomeKind.Delivered && pullRequest.Problem is { } problem)
            return pullRequest.IsAmbiguous && !isRetry ? new WorkOutcome(OutcomeKind.Blocked) { Message = problem } : Failed(problem);
        if (kind is OutcomeKind.Delivered && pullRequest.Address is null && !settings.AllowNoPullRequest)
            return Failed("The command ended well, but named no pull request: not in OWP_PR_FILE, and not in its output.");
        return new WorkOutcome(kind)
        {
            Message = kind is OutcomeKind.Delivered ? said : message,
            PullRequest = kind is OutcomeKind.Delivered ? pullRequest.Address : null,
            RestSeconds = kind is OutcomeKind.Later ? settings.RestSeconds : 0,
        };
    }

    /// <summary>The command could not even be started.</summary>
    /// <param name="code">126 or 127.</param>
    /// <param name="command">As it was given.</param>
    /// <param name="said">What the shell said; null = nothing.</param>
    public static WorkOutcome Unable(int code, string command, string? said) => new(OutcomeKind.Unable)
    {
        Message = $"The worker could not start its command (exit code {code}).",
        Advice = $"The command cannot be started (exit code {code}{(said is null ? "" : $", {said}")}): {command}{Environment.NewLine}"
            + (code == NotExecutable ? "Make it executable with chmod +x" : "Install the program, or give its full path")
            + "; a relative path is looked up in the folder of each task. The task was given back, and no attempt counted.",
    };

    private static string TimeIsUp(TimeSpan timeout, string? lastLine) =>
        $"The command did not end within {Ago.Length(timeout)} and was ended." + (lastLine is null ? "" : $" Its last line: {lastLine}");

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
            NotExecutable or NotFound => OutcomeKind.Unable,
            _ => OutcomeKind.Failed,
        }, result);
    }
}
