using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>The server under test, and what all checks of a run share.</summary>
internal sealed class Target(PlainHttp http, string adminToken, string runId, TimeSpan patience)
{
    private int _pullRequests;

    public PlainHttp Http => http;

    public string AdminToken => adminToken;

    public string RunId => runId;

    /// <summary>The one repo that a run leaves behind.</summary>
    public string Repo => $"conformance/{runId}";

    /// <summary>How long a check may wait for the server's clock.</summary>
    public TimeSpan Patience => patience;

    /// <summary>Whether there is POST /v1/claims, which can be kept away from other people's tasks.</summary>
    public bool HasClaims { get; set; }

    /// <summary>What registrations carry where the server takes none without an invite; null = nothing.</summary>
    public string? Invite { get; set; }

    /// <summary>Holds back the patient checks until all of them have their short leases.</summary>
    public Gate ShortLeases { get; set; } = new(0);

    /// <summary>Tells whoever runs the checks.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>What could not be put away.</summary>
    public Leftovers Leftovers { get; } = new();

    /// <summary>The address of a pull request that no other task of the run names.</summary>
    public string NewPullRequest() => string.Create(
        CultureInfo.InvariantCulture, $"https://github.com/{Repo}/pull/{Interlocked.Increment(ref _pullRequests)}");

    /// <summary>The settings that checks may count on.</summary>
    public JsonObject StandardSettings() => new()
    {
        ["repo"] = Repo,
        ["max_open_prs"] = 100,
        ["area_locks_enabled"] = true,
        ["area_lock_until"] = "pr_opened",
        ["trust"] = new JsonObject { ["untrusted"] = 0, ["basic"] = 1, ["trusted"] = 2, ["maintainer"] = 3 },
        ["merge_authority"] = "worker",
        ["lease_ttl_seconds"] = null,
        ["max_attempts"] = null,
        ["paused"] = false,
    };
}

/// <summary>Opens when as many have come as were counted on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing;

    public Gate(int expected)
    {
        _missing = expected;
        if (expected == 0) _open.SetResult();
    }

    public Task Opened => _open.Task;

    public void Arrive()
    {
        if (Interlocked.Decrement(ref _missing) == 0) _open.TrySetResult();
    }
}
