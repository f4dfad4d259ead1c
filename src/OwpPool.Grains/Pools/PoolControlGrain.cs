using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Pools;

/// <summary>Asks <see cref="PoolControl"/>, writes once, and shows the row to its silo.</summary>
[GrainType(GrainNames.Pool)]
public sealed class PoolControlGrain(
    IGrainContext context, [PersistentState(GrainNames.Pool, GrainNames.Storage)] IPersistentState<PoolControlState> storage,
    TimeProvider clock, PoolBoard board, ILogger<PoolControlGrain> logger)
    : StoredGrain<PoolControlState>(context, storage, logger), IPoolControlGrain
{
    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        board.Publish(State);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task WakeAsync()
    {
        EnsureServing();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<Refusal?> AddTokenAsync(MaintainerToken token) => ChangeAsync(now => PoolControl.AddToken(State, token, now));

    /// <inheritdoc />
    public Task<Refusal?> RevokeTokenAsync(string name, string actor) => ChangeAsync(now => PoolControl.RevokeToken(State, name, actor, now));

    /// <inheritdoc />
    public Task<Refusal?> AddInviteAsync(Invite invite) => ChangeAsync(now => PoolControl.AddInvite(State, invite, now));

    /// <inheritdoc />
    public Task<Refusal?> RevokeInviteAsync(string inviteId, string actor) =>
        ChangeAsync(now => PoolControl.RevokeInvite(State, inviteId, actor, now));

    /// <inheritdoc />
    public async Task<Reply<Invite>> RedeemAsync(string secretHash, string workerId)
    {
        Invite? used = null;
        var refusal = await ChangeAsync(now => PoolControl.Redeem(State, known => CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(secretHash), Encoding.ASCII.GetBytes(known)), workerId, now, out used));
        return refusal is not null ? refusal : used!;
    }

    /// <inheritdoc />
    public Task<Refusal?> SetPausedAsync(bool paused, string? note, DateTimeOffset? until, string actor) =>
        ChangeAsync(now => PoolControl.SetPaused(State, paused, note, until, actor, now));

    private async Task<Refusal?> ChangeAsync(Func<DateTimeOffset, Decision<PoolControlState>> decide)
    {
        EnsureServing();
        var decision = decide(clock.Now());
        if (decision.Next is { } next)
        {
            await StoreAsync(next);
            board.Publish(State);
        }
        return decision.Refusal;
    }
}
