namespace OwpPool.Client;

/// <summary>Who calls, and how patiently.</summary>
/// <remarks>A class and not a record: a record's text would show the tokens.</remarks>
public sealed class PoolClientOptions
{
    /// <summary>The token that registration returned; sent to worker endpoints only. Null: those answer 401.</summary>
    public string? WorkerToken { get; init; }

    /// <summary>The root token, or a maintainer's own; sent to admin endpoints only. Null: those answer 401.</summary>
    public string? AdminToken { get; init; }

    /// <summary>How long one attempt may take, on top of the wait that a long poll asks for.</summary>
    /// <value>Default 30 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in all, the first included; 1 = never repeat.</summary>
    /// <value>Default 5.</value>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Pause before the second attempt where the server names none; doubles with each further one, less up to half at
    /// random.</summary>
    /// <value>Default 250 ms.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest pause: backoff stops growing here, and a server that asks for a longer one is taken at its word and not asked
    /// again.</summary>
    /// <value>Default 30 s.</value>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock of timeouts and pauses.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Told of every attempt of every request, from whichever thread makes it; null = nobody is.</summary>
    public Action<PoolAttempt>? Observe { get; init; }

    internal PoolClientOptions With(string? workerToken, string? adminToken) => new()
    {
        WorkerToken = workerToken,
        AdminToken = adminToken,
        Timeout = Timeout,
        MaxAttempts = MaxAttempts,
        RetryDelay = RetryDelay,
        MaxRetryDelay = MaxRetryDelay,
        TimeProvider = TimeProvider,
        Observe = Observe,
    };
}
