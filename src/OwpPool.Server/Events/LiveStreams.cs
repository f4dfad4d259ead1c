using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Server.Events;

/// <summary>Makes the answer of a live stream, if there is a place for one more.</summary>
public sealed class LiveStreams(
    StreamGate gate, SqliteStorage storage, StreamInstruments instruments, IOptions<StreamOptions> options, Drain drain, TimeProvider clock,
    ILogger<LiveStreams> logger)
{
    /// <summary>The clock of heartbeats.</summary>
    internal TimeProvider Clock => clock;

    internal StreamInstruments Instruments => instruments;

    internal ILogger Logger => logger;

    /// <summary>Cancelled when the server stops: streams end whole, and their clients come back to the next server.</summary>
    internal CancellationToken Stopping => drain.Stopping;

    internal TimeSpan SendLimit => TimeSpan.FromSeconds(options.Value.SendSeconds);

    /// <summary>Whether a stream of this caller may go on; an admin's may until the server stops. By the worker's row: to ask its grain
    /// would be a sign of life, and whoever only listens gives none.</summary>
    internal async Task<bool> MayGoOnAsync(WorkerCaller? caller)
    {
        if (caller is null) return true;
        if (await storage.ReadModel.ReadWorkerAsync(caller.WorkerId, Stopping) is not { } row) return false;
        var presented = Encoding.ASCII.GetBytes(caller.TokenHash);
        return WorkerLifecycle.IsToken(PoolStateJson.Deserialize<WorkerState>(row), clock.Now(),
            known => CryptographicOperations.FixedTimeEquals(presented, Encoding.ASCII.GetBytes(known)));
    }

    /// <summary>The answer.</summary>
    /// <param name="kind">What is streamed, for log and measurements.</param>
    /// <param name="caller">Null = the admin.</param>
    /// <param name="source">What to send, begun when the answer begins; its end ends the stream.</param>
    public IResult Open(string kind, WorkerCaller? caller, Func<CancellationToken, IAsyncEnumerable<StreamChunk>> source) =>
        gate.Enter(caller, kind, out var place) is { } problem ? problem : new StreamResult(this, kind, place!, source);
}
