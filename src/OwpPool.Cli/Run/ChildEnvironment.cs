using System.Globalization;
using System.Text;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>The variables that a command gets: those of this process that every program needs, those that it was given by name, and the
/// task.</summary>
internal sealed class ChildEnvironment
{
    /// <summary>By which a process is known to belong to a lease.</summary>
    public const string LeaseVariable = "OWP_LEASE_ID";

    // Linux starts no program with a variable of 128 KiB; the whole text is in the prompt.
    private const int MaxValueBytes = 96 * 1024;

    /// <summary>What a program needs to find others, speak the user's language and get through a proxy; a name that ends with * stands for
    /// all that begin so. Agents do what strangers write, so nothing else of the user's environment is theirs unless it is named.</summary>
    private static readonly string[] Everybodys =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TERM", "COLORTERM", "NO_COLOR", "TZ", "TMPDIR", "TMP",
        "TEMP", "XDG_*", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    ];

    private readonly Dictionary<string, string> _base;

    /// <param name="own">This process's variables.</param>
    /// <param name="passOn">Names that go on as well; one that ends with * stands for all that begin so.</param>
    public ChildEnvironment(IReadOnlyDictionary<string, string> own, IReadOnlyList<string> passOn)
    {
        _base = own.Where(pair => Everybodys.Concat(passOn).Any(name => Matches(name, pair.Key))).ToDictionary();
        HeldBack = [.. own.Keys.Where(name => !_base.ContainsKey(name)).Order(StringComparer.Ordinal)];
        Secrets = [.. own.SelectMany(pair => SecretNames.SecretsOf(pair.Key, pair.Value))];
    }

    /// <summary>Names of the variables that do not go on.</summary>
    public IReadOnlyList<string> HeldBack { get; }

    /// <summary>Values that no output may show, whether they go on or not.</summary>
    public IReadOnlyList<string> Secrets { get; }

    /// <summary>Those that are the same for every task.</summary>
    public IReadOnlyDictionary<string, string> Base => _base;

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

    private static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        // A git that runs in a worktree must find that and not the repository that this process was started in.
        ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) && !Git.IsPlace(name)
        : name == pattern;

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
