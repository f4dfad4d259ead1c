using System.Net;
using OwpPool.Cli.Configuration;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Help;

/// <summary>What a look at one thing has found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Result">ok, none, warning or failed.</param>
/// <param name="Message">What was found, and what to do about it.</param>
internal sealed record Finding(string Check, string Result, string Message)
{
    public const string Ok = "ok";
    public const string None = "none";
    public const string Warning = "warning";
    public const string Failed = "failed";
}

/// <summary>Looks for what keeps <c>owp</c> from working, one thing after the other.</summary>
internal sealed class Doctor(Invocation invocation)
{
    /// <summary>Leases are judged by the pool's clock; a worker that trusts its own may be late by this much.</summary>
    private static readonly TimeSpan AllowedSkew = TimeSpan.FromSeconds(5);

    private static readonly string OwnVersion = typeof(Doctor).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private readonly List<Finding> _findings = [];

    /// <summary>A token was refused.</summary>
    public bool NeedsAuth { get; private set; }

    public async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken ct)
    {
        LookAtConfig();
        var profile = PoolAddress.ProfileOf(invocation);
        if (profile is not var (name, found)) Add("profile", Finding.None, "'owp worker register' makes one");
        else Add("profile", Finding.Ok, $"'{name}': {(found.WorkerId is null ? "no worker" : $"{found.WorkerId} ({found.Name})")} at {found.Server}");
        if (await ReachAsync(ct))
        {
            await LookAtWorkerAsync(ct);
            await LookAtAdminAsync(ct);
        }
        return _findings;
    }

    private void LookAtConfig()
    {
        var config = invocation.Config;
        if (!File.Exists(config.Path)) Add("configuration", Finding.Ok, $"{config.Path} is not there yet");
        else if (config.OpenToOthers() is not UnixFileMode.None)
            Add("configuration", Finding.Warning, $"others of this machine may use the tokens: chmod 600 '{config.Path}'");
        else Add("configuration", Finding.Ok, $"{config.Path} with {Counted.Of(config.Read().Profiles.Count, "profile")}");
    }

    /// <returns>Whether there is a pool to go on with.</returns>
    private async Task<bool> ReachAsync(CancellationToken ct)
    {
        using var pool = PoolConnection.Open(invocation);
        var address = invocation.Server!.AbsoluteUri.TrimEnd('/');
        try
        {
            var probe = await pool.ProbeAsync(ct);
            Add("server", Finding.Ok, FormattableString.Invariant($"{address} answers in {probe.RoundTrip.TotalMilliseconds:0} ms"));
            LookAtVersion(probe.Version);
            LookAtClock(probe);
            var isReady = await pool.IsReadyAsync(ct);
            Add("ready", isReady ? Finding.Ok : Finding.Failed, isReady ? "it takes requests"
                : "it starts, stops or cannot reach its storage: look at its log, and at /readyz");
            return isReady;
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or PoolProblemException)
        {
            Add("server", Finding.Failed, $"{address}: {failure.Message.TrimEnd('.')}. Is it running there? Set --server or OWP_URL.");
            return false;
        }
    }

    private void LookAtVersion(PoolVersion version)
    {
        var what = $"{version.Name} {version.Version}, {version.Protocol}; this is owp {OwnVersion}";
        if (version.Protocol != "OWP 0.1") Add("version", Finding.Warning, $"{what}, which speaks OWP 0.1");
        else Add("version", Finding.Ok, what);
    }

    private void LookAtClock(PoolProbe probe)
    {
        if (probe.ServerTime is not { } theirs)
        {
            Add("clock", Finding.Warning, "the server does not tell the time");
            return;
        }
        // The answer was on its way for half of the round trip; the header knows no parts of a second.
        var ours = invocation.Host.Time.GetUtcNow() - (probe.RoundTrip / 2);
        var skew = ours - theirs - TimeSpan.FromMilliseconds(500);
        var off = FormattableString.Invariant($"{skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")}");
        if (skew.Duration() <= AllowedSkew) Add("clock", Finding.Ok, "the same as the server's");
        else Add("clock", Finding.Warning, $"{off} the server's: set it, leases end by the server's");
    }

    /// <summary>Every request of a worker brings it online, and it would get work that nobody does: so only the token is looked at.</summary>
    private Task LookAtWorkerAsync(CancellationToken ct) => LookAtTokenAsync("worker token", async () =>
    {
        using var connection = WorkerConnection.Open(invocation);
        if (await connection.Client.IsTokenOfPoolAsync(ct))
            return "it is one of this pool. To see whether it was revoked, run 'owp worker status'; that brings the worker online";
        NeedsAuth = true;
        throw new UsageException($"the pool does not know it. {invocation.TokenAdvice}");
    });

    private Task LookAtAdminAsync(CancellationToken ct) => LookAtTokenAsync("admin token", async () =>
    {
        using var admin = AdminConnection.Open(invocation);
        var state = await admin.GetStateAsync(ct);
        return $"it is the pool's: {Counted.Of(state.Repositories.Count, "repo")}, {Counted.Of(state.WorkersOnline, "worker")} online";
    });

    /// <summary>None is fine: few people are workers and admins.</summary>
    private async Task LookAtTokenAsync(string check, Func<Task<string>> look)
    {
        try
        {
            Add(check, Finding.Ok, await look());
        }
        catch (NoTokenException none)
        {
            Add(check, Finding.None, none.Message);
        }
        catch (PoolProblemException problem)
        {
            NeedsAuth |= problem.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            Add(check, Finding.Failed, PoolRefusal.Explain(problem, invocation.TokenAdvice).ReplaceLineEndings(" "));
        }
        catch (UsageException wrong)
        {
            Add(check, Finding.Failed, wrong.Message);
        }
    }

    private void Add(string check, string result, string message) => _findings.Add(new Finding(check, result, message));
}
