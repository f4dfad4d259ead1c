namespace OwpPool.Cli.Run;

/// <summary>The command line of a coding tool. It fills in the command and nothing else.</summary>
/// <param name="Command">For <c>sh</c>; its first word is the program.</param>
/// <param name="Variables">What the tool needs of the environment beyond what every command gets; a name that ends with * stands for all
/// that begin so.</param>
internal sealed record Preset(string Command, params IReadOnlyList<string> Variables)
{
    /// <summary>What claude may run. Each is one subcommand, and what may follow it opens no shell: <c>git -c</c>, an alias, <c>git push
    /// --receive-pack</c> or <c>gh alias</c> would.</summary>
    private const string ClaudeTools =
        "Bash(git status),Bash(git diff),Bash(git log),Bash(git add:*),Bash(git rm:*),Bash(git mv:*),Bash(git commit -m:*),"
        + "Bash(git push origin HEAD),Bash(gh pr create --fill)";

    private const string ClaudeRules =
        "You may change files in this folder, and run exactly these commands: git status, git diff, git log, git add, git rm, git mv, "
        + "git commit -m, git push origin HEAD, gh pr create --fill (title and text come from your commits). Nothing else is allowed here.";

    /// <summary>The files by which the tool answers are beside the work and not in it.</summary>
    private const string AnswerFolder = "--add-dir \"${OWP_PR_FILE%/*}\"";

    private static readonly Dictionary<string, Preset> All = new()
    {
        ["claude"] = new("claude --print --permission-mode acceptEdits " + AnswerFolder
            + $""" --allowedTools "{ClaudeTools}" --append-system-prompt "{ClaudeRules}" """.TrimEnd(), "ANTHROPIC_*", "CLAUDE_*"),
        // The branch is written outside of the worktree, in the repository that it belongs to.
        ["codex"] = new("codex exec --sandbox workspace-write -c sandbox_workspace_write.network_access=true " + AnswerFolder
            + """ ${OWP_GIT_DIR:+--add-dir "$OWP_GIT_DIR"} -""", "OPENAI_*", "CODEX_*"),
        ["aider"] = new("""aider --yes-always --no-suggest-shell-commands --message-file "$OWP_PROMPT_FILE" """.TrimEnd(),
            "AIDER_*", "OPENAI_*", "ANTHROPIC_*", "GEMINI_API_KEY", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY"),
    };

    public static IReadOnlyCollection<string> Names => All.Keys;

    /// <summary>The preset of a name.</summary>
    public static Preset Of(string name) => All[name];
}
