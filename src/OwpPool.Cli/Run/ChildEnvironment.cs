using System.Globalization;
using System.Text;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>The variables that a command gets: this process's without its secrets, and the task.</summary>
internal sealed class ChildEnvironment
{
    /// <summary>By which a process is known to belong to a lease.</summary>
    public const string LeaseVariable = "OWP_LEASE_ID";

    // Linux starts no program with a variable of 128 KiB; the whole text is in the prompt.
    private const int MaxValueBytes = 96 * 1024;

    private readonly Dictionary<string, string> _base;

    /// <param name="own">This process's variables.</param>
    /// <param name="passOn">Secrets that go on all the same.</param>
    public ChildEnvironment(IReadOnlyDictionary<string, string> own, IReadOnlyList<string> passOn)
    {
        // A git that runs in a worktree must find that and not the repository that this process was started in.
        _base = own.Where(pair => passOn.Contains(pair.Key) || !IsHeldBack(pair.Key)).ToDictionary();
        HeldBack = [.. own.Keys.Where(name => SecretNames.IsSecret(name) && !_base.ContainsKey(name)).Order(StringComparer.Ordinal)];
        Secrets = [.. own.Where(pair => SecretNames.IsSecret(pair.Key)).Select(pair => pair.Value)];
    }

    /// <summary>Names of secrets that do not go on.</summary>
    public IReadOnlyList<string> HeldBack { get; }

    /// <summary>Values that no output may show, whether they go on or not.</summary>
    public IReadOnlyList<string> Secrets { get; }

    /// <summary>The variables of one task's command.</summary>
    public IReadOnlyDictionary<string, string> Of(LeaseView lease, Workspace workspace, LeaseFiles files, bool isResumed)
    {
        var all = new Dictionary<string, string>(_base);
        Set("OWP_TASK_ID", lease.TaskId);
        Set("OWP_TASK_REPO", lease.Repo);
        Set("OWP_TASK_TITLE", lease.Title);
        Set("OWP_TASK_DESCRIPTION", lease.Description);
        Set("OWP_TASK_POINTS", Number(lease.EstimatePoints));
        Set("OWP_TASK_PRIORITY", Number(lease.Priority));
        Set("OWP_TASK_AREA", lease.Area);
        Set("OWP_TASK_TIER", Number(lease.Tier));
        Set("OWP_TASK_SKILLS", string.Join(',', lease.RequiredSkills));
        Set("OWP_TASK_ATTEMPT", Number(lease.Attempt));
        Set("OWP_TASK_RESUMED", isResumed ? "1" : "");
        Set(LeaseVariable, LeaseHold.KeyOf(lease));
        Set("OWP_PROMPT_FILE", files.Prompt);
        Set("OWP_PR_FILE", files.PullRequest);
        Set("OWP_RESULT_FILE", files.Result);
        if (workspace.Branch is not null) Set("OWP_BRANCH", workspace.Branch);
        if (workspace.GitFolder is not null) Set("OWP_GIT_DIR", workspace.GitFolder);
        return all;

        void Set(string name, string? value) => all[name] = Fit(value ?? "");
    }

    private static bool IsHeldBack(string name) =>
        SecretNames.IsSecret(name) || name.StartsWith("OWP_", StringComparison.Ordinal) || Git.IsPlace(name);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Fit(string value)
    {
        // A NUL would end the variable there.
        var text = value.Replace('\0', '\uFFFD');
        if (Encoding.UTF8.GetByteCount(text) <= MaxValueBytes) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var end = MaxValueBytes;
        while ((bytes[end] & 0xC0) == 0x80) end--;
        return Encoding.UTF8.GetString(bytes, 0, end);
    }
}
