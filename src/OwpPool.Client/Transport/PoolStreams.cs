using System.Runtime.CompilerServices;

namespace OwpPool.Client.Transport;

/// <summary>Follows a stream over as many connections as it takes.</summary>
internal sealed class PoolStreams(PoolTransport transport)
{
    /// <summary>Three heartbeats of the server.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly PoolClientOptions _options = transport.Options;

    /// <summary>Everything after a place, then what comes; each event once.</summary>
    /// <param name="path">The stream.</param>
    /// <param name="caller">Whose token goes with it.</param>
    /// <param name="after">The place; null = where the stream begins by itself.</param>
    /// <param name="ct">Ends it.</param>
    public async IAsyncEnumerable<StreamBlock> FollowAsync(
        string path, Caller caller, string? after, [EnumeratorCancellation] CancellationToken ct)
    {
        var lastId = after;
        var wasOpen = false;
        for (var failures = 0; ;)
        {
            var (connection, pause) = await OpenAsync(PoolCall.Get(path, caller), lastId, ++failures, wasOpen, ct).ConfigureAwait(false);
            if (connection is not null)
            {
                await using var disposal = connection.ConfigureAwait(false);
                wasOpen = true;
                while (await connection.MoveNextAsync().ConfigureAwait(false))
                {
                    failures = 0;
                    lastId = connection.LastId ?? lastId;
                    yield return connection.Current;
                }
                ct.ThrowIfCancellationRequested();
                pause = connection.Retry ?? pause;
            }
            await Task.Delay(pause, _options.TimeProvider, ct).ConfigureAwait(false);
        }
    }

    /// <returns>The connection, or null and how long to wait for the next attempt.</returns>
    private async Task<(StreamConnection? Connection, TimeSpan Pause)> OpenAsync(
        PoolCall call, string? lastId, int attempt, bool wasOpen, CancellationToken ct)
    {
        var isLast = !wasOpen && attempt >= _options.MaxAttempts;
        try
        {
            var response = await transport.OpenAsync(call, "text/event-stream", lastId, ct).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                var connection = await StreamConnection.OpenAsync(response, Patience, _options.TimeProvider, ct).ConfigureAwait(false);
                return (connection, transport.Backoff(attempt));
            }
            using (response)
            {
                var problem = await ProblemReader.ReadAsync(response, _options.TimeProvider, ct).ConfigureAwait(false);
                if (isLast || !PoolTransport.MayPass(response.StatusCode)) throw problem;
                return (null, problem.RetryAfter ?? transport.Backoff(attempt));
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException && !isLast)
        {
            return (null, transport.Backoff(attempt));
        }
    }
}
