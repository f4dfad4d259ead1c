using System.Net;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Session;

/// <summary>Sends heartbeats for as long as something is held, so that the agent may think for as long as it must.</summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    /// <summary>A lease is renewed from half of its time on; of three heartbeats one may get lost.</summary>
    private const int BeatsPerLease = 3;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);

    private readonly AgentConnection _connection;
    private readonly LeaseBook _leases;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Task _beating;
    private volatile string? _trouble;
    private volatile string? _quiet;
    private volatile bool _isPaused;
    private bool _isOver;

    public LeaseKeeper(AgentConnection connection, LeaseBook leases, TimeProvider time, Action<string> log)
    {
        _connection = connection;
        _leases = leases;
        _time = time;
        _log = log;
        _beating = Task.Run(RunAsync);
    }

    /// <summary>What is held has changed: the next heartbeat may be due earlier.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has not looked since the last time, and will.
        }
    }

    /// <summary>What the agent must know for as long as it lasts.</summary>
    public IEnumerable<string> Notices()
    {
        if (_beating.IsFaulted) yield return "Heartbeats have stopped by a fault of owp mcp: ask the person you work for to restart it.";
        if (_trouble is { } trouble) yield return trouble;
        if (_quiet is { } quiet) yield return quiet;
        if (_isPaused) yield return "The person you work for paused you: finish what you hold; you get no new tasks until 'owp worker resume'.";
    }

    public async ValueTask DisposeAsync()
    {
        if (_isOver) return;
        _isOver = true;
        await _stop.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_beating.IsFaulted) _log($"Heartbeats had stopped: {_beating.Exception.InnerException}");
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        // What an earlier session left may have little time left.
        long? last = null;
        var ct = _stop.Token;
        while (true)
        {
            var before = _leases.Look();
            var isHolding = before.Held.Count > 0;
            var elapsed = last is { } beat ? _time.GetElapsedTime(beat) : TimeSpan.MaxValue;
            if (isHolding && elapsed >= PauseFor(before.Held))
            {
                last = _time.GetTimestamp();
                await BeatAsync(before, ct);
            }
            else
            {
                await SleepAsync(isHolding ? PauseFor(before.Held) - elapsed : Timeout.InfiniteTimeSpan, ct);
            }
        }
    }

    private TimeSpan PauseFor(IReadOnlyList<LeaseView> held)
    {
        var shortest = TimeSpan.FromSeconds(held.Min(lease => lease.LeaseTtlSeconds)) / BeatsPerLease;
        var pause = shortest < _connection.Heartbeat ? shortest : _connection.Heartbeat;
        return pause > ShortestPause ? pause : ShortestPause;
    }

    private async Task SleepAsync(TimeSpan pause, CancellationToken ct)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var woken = _wake.WaitAsync(awake.Token);
        var slept = Task.Delay(pause, _time, awake.Token);
        await Task.WhenAny(woken, slept);
        await awake.CancelAsync();
        await Task.WhenAll(woken, slept).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    private async Task BeatAsync(LeaseSnapshot before, CancellationToken ct)
    {
        try
        {
            _isPaused = await OwnPause.IsOnAsync(_connection.Client, ct);
            var status = _isPaused ? WorkerStatus.Paused : WorkerStatus.Working;
            var reply = await _connection.Client.HeartbeatAsync(new HeartbeatRequest(status), ct);
            _leases.Observe(before, reply);
            _quiet = PoolPause.TellAgent(reply);
            if (_trouble is not null) _log("The pool answers heartbeats again.");
            _trouble = null;
        }
        catch (PoolProblemException refusal) when (refusal.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            Complain("The pool does not take your token any more: it was revoked or replaced. Stop working, and tell the person you work "
                + "for to run 'owp worker register'.", refusal.Message);
        }
        catch (Exception failure) when (failure is PoolProblemException or HttpRequestException or TimeoutException)
        {
            var end = before.Held.Min(lease => lease.LeaseExpiresAt);
            Complain($"The pool has not answered heartbeats since {_time.GetUtcNow():u}, so your leases are not renewed; the first runs "
                + $"out at {end:u}. Call list_my_leases before you push anything.", failure.Message);
        }
    }

    private void Complain(string trouble, string why)
    {
        if (_trouble is not null) return;
        _trouble = trouble;
        _log($"Heartbeat failed: {why}");
    }
}
