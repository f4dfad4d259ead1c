using OwpPool.Cli.Run;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Session;

/// <summary>The agent's side of the pool: a client with its token, and how often the pool wants to hear of it.</summary>
internal sealed record AgentConnection(PoolClient Client, TimeSpan Heartbeat) : IDisposable
{
    /// <summary>Hides secrets in what the agent tells the pool.</summary>
    public SecretMask Mask { get; init; } = new([]);

    public void Dispose() => Client.Dispose();
}

/// <summary>One agent as a worker of the pool, from its first call to the end of its session.</summary>
/// <remarks>Nothing is asked of the pool before the first call: editors start the servers of all tools that they know, used or not.
/// Without a registration each call tries anew, so that one that is made meanwhile is found.</remarks>
internal sealed class AgentSession : IAsyncDisposable
{
    private readonly Func<AgentConnection> _connect;
    private readonly Action<string> _log;
    private readonly SemaphoreSlim _joining = new(1, 1);
    private readonly TimeProvider _time;
    private readonly List<AgentConnection> _connections = [];
    private LeaseKeeper? _keeper;
    private volatile bool _isRefused;

    public AgentSession(Func<AgentConnection> connect, TimeProvider time, Action<string> log)
    {
        _connect = connect;
        _time = time;
        _log = log;
        Leases.Changed += () => _keeper?.Wake();
    }

    public LeaseBook Leases { get; } = new();

    /// <summary>Who the agent is at the pool; null = it has not joined yet.</summary>
    public string? WorkerId { get; private set; }

    /// <summary>Takes the secrets of this machine out of a text of the agent's, which maintainers will read.</summary>
    public string Hide(string text) => _connections.Count == 0 ? text : _connections[^1].Mask.Hide(text);

    /// <summary>Says something to whoever looks after the process; an agent does not see it.</summary>
    public void Log(string line) => _log(line);

    /// <summary>The pool. The first call finds out what the agent still holds of an earlier session, and sees to it from then on.</summary>
    /// <exception cref="UsageException">The configuration is wrong.</exception>
    /// <exception cref="NoTokenException">There is no registration.</exception>
    public async Task<PoolClient> JoinAsync(CancellationToken ct)
    {
        await _joining.WaitAsync(ct);
        try
        {
            if (_keeper is not null && !_isRefused) return _connections[^1].Client;
            if (_connections.Count == 0 || _isRefused) _connections.Add(_connect());
            var connection = _connections[^1];
            await RefreshAsync(connection.Client, ct);
            if (_keeper is not null) await _keeper.DisposeAsync();
            _keeper = new LeaseKeeper(connection, Leases, _time, _log);
            _isRefused = false;
            return connection.Client;
        }
        finally
        {
            _joining.Release();
        }
    }

    /// <summary>The pool did not take the token: the next call reads the configuration again, where a new one may be.</summary>
    public void Refused() => _isRefused = true;

    /// <summary>Asks the pool what the agent holds.</summary>
    public async Task<WorkerSelf> RefreshAsync(PoolClient pool, CancellationToken ct)
    {
        var before = Leases.Look();
        var self = await pool.GetSelfAsync(ct);
        Leases.Observe(before, self.Leases);
        WorkerId = self.WorkerId;
        return self;
    }

    /// <summary>What the agent must know before it goes on; each loss is told once, what lasts as long as it lasts.</summary>
    public IReadOnlyList<string> TakeNotices() =>
        [.. Leases.TakeLosses().Select(Describe), .. _keeper?.Notices() ?? []];

    /// <summary>Stops the heartbeat and, if wanted, gives back what is held.</summary>
    public async Task LeaveAsync(bool release, CancellationToken ct)
    {
        if (_keeper is null) return;
        await _keeper.DisposeAsync();
        var held = Leases.Held;
        if (!release)
        {
            foreach (var lease in held)
                _log($"{lease.TaskId} stays leased until {lease.LeaseExpiresAt:u} at most; a session that begins in time goes on with it.");
            return;
        }
        foreach (var lease in held) await ReleaseAsync(lease, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_keeper is not null) await _keeper.DisposeAsync();
        foreach (var connection in _connections) connection.Dispose();
        _joining.Dispose();
    }

    private async Task ReleaseAsync(LeaseView lease, CancellationToken ct)
    {
        try
        {
            var request = new ReleaseRequest
            {
                Reason = "The agent's session ended.",
                LeaseId = lease.LeaseId,
                FencingToken = lease.FencingToken,
            };
            await Leases.EndAsync(lease.TaskId, () => _connections[^1].Client.ReleaseAsync(lease.TaskId, request, ct: ct));
            _log($"{lease.TaskId} was given back.");
        }
        catch (Exception failure) when (failure is PoolProblemException or HttpRequestException or TimeoutException
            or OperationCanceledException)
        {
            _log($"{lease.TaskId} could not be given back ({failure.Message}); the pool takes it back by itself.");
        }
    }

    private static string Describe(LostLease loss)
    {
        var task = loss.Title is null ? loss.TaskId : $"{loss.TaskId} ({loss.Title})";
        return loss.Reason is LeaseBook.Cancelled
            ? $"A maintainer cancelled {task}. Stop working on it and report nothing more about it."
            : $"You no longer hold {task}: {loss.Reason}. Stop working on it; another worker may have it by now, so push nothing for it.";
    }
}
