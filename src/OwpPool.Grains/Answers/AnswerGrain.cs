using Microsoft.Extensions.Logging;
using OwpPool.Core.Answers;
using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Answers;

/// <summary>Remembers in memory that a request runs and in storage how it was answered. If everything dies in between, the repeat runs
/// again: the effects know their request keys, so it is still one effect.</summary>
[GrainType(GrainNames.Answer)]
public sealed class AnswerGrain(
    IGrainContext context, [PersistentState(GrainNames.Answer, GrainNames.Storage)] IPersistentState<AnswerState> storage, TimeProvider clock,
    ILogger<AnswerGrain> logger) : StoredGrain<AnswerState>(context, storage, logger), IAnswerGrain
{
    /// <summary>A request that has not been answered for this long was lost with its server.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    private string? _running;
    private DateTimeOffset _runningSince;

    /// <inheritdoc />
    public Task<AnswerStart> BeginAsync(string requestHash)
    {
        EnsureServing();
        var now = clock.Now();
        if (State.RequestHash is { } answered && now < State.At + AnswerState.Lifetime)
        {
            // As when it was stored: the row has all of it.
            DeactivateOnIdle();
            return Task.FromResult(answered == requestHash
                ? new AnswerStart(AnswerStartKind.Replay, new StoredAnswer(State.Status, State.ContentType, State.SealedBody))
                : new AnswerStart(AnswerStartKind.Mismatch, null));
        }
        if (_running is { } running && now < _runningSince + LongestRun)
            return Task.FromResult(new AnswerStart(running == requestHash ? AnswerStartKind.Running : AnswerStartKind.Mismatch, null));
        (_running, _runningSince) = (requestHash, now);
        return Task.FromResult(new AnswerStart(AnswerStartKind.Run, null));
    }

    /// <inheritdoc />
    public async Task CompleteAsync(string requestHash, StoredAnswer answer)
    {
        EnsureServing();
        await StoreAsync(new AnswerState
        {
            RequestHash = requestHash,
            At = clock.Now(),
            Status = answer.Status,
            ContentType = answer.ContentType,
            SealedBody = answer.SealedBody,
        });
        _running = null;
        // Few answers are asked for again, and the row has all of it: as many activations as there are keys would only fill the memory.
        DeactivateOnIdle();
    }

    /// <inheritdoc />
    public Task ForgetAsync(string requestHash)
    {
        EnsureServing();
        if (_running == requestHash)
        {
            _running = null;
            DeactivateOnIdle();
        }
        return Task.CompletedTask;
    }
}
