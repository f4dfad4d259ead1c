namespace OwpPool.Cli.Run;

/// <summary>Command lines of coding tools. They fill in the command and nothing else.</summary>
internal static class Preset
{
    private static readonly Dictionary<string, string> Commands = new()
    {
        ["claude"] = """claude --print --permission-mode acceptEdits --allowedTools "Bash(git:*),Bash(gh:*)" """.TrimEnd(),
        // The branch is written outside of the worktree, in the repository that it belongs to.
        ["codex"] = """
            codex exec --sandbox workspace-write -c sandbox_workspace_write.network_access=true ${OWP_GIT_DIR:+--add-dir "$OWP_GIT_DIR"} -
            """,
        ["aider"] = """aider --yes-always --message-file "$OWP_PROMPT_FILE" """.TrimEnd(),
    };

    public static IReadOnlyCollection<string> Names => Commands.Keys;

    public static string CommandOf(string name) => Commands[name];
}
