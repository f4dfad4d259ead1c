using OwpPool.Core.Pools;
using OwpPool.Core.Shared;

namespace OwpPool.Grains;

/// <summary>What maintainers decide about the whole pool: who they are, who may register, and whether it is paused. There is one.</summary>
[Alias("owp.IPoolControlGrain")]
public interface IPoolControlGrain : IGrainWithStringKey
{
    /// <summary>Loads the row, so that this silo knows the maintainers.</summary>
    [Alias("Wake")]
    Task WakeAsync();

    /// <summary>A maintainer gets a token. Null = done.</summary>
    [Alias("AddToken")]
    Task<Refusal?> AddTokenAsync(MaintainerToken token);

    /// <summary>Revokes a maintainer's token. Null = done.</summary>
    [Alias("RevokeToken")]
    Task<Refusal?> RevokeTokenAsync(string name, string actor);

    /// <summary>Workers may register with this from now on. Null = done.</summary>
    [Alias("AddInvite")]
    Task<Refusal?> AddInviteAsync(Invite invite);

    /// <summary>Revokes the invite. Null = done.</summary>
    [Alias("RevokeInvite")]
    Task<Refusal?> RevokeInviteAsync(string inviteId, string actor);

    /// <summary>A worker comes in by an invite; says what it is let in to. A repeat is one effect.</summary>
    [Alias("Redeem")]
    Task<Reply<Invite>> RedeemAsync(string secretHash, string workerId);

    /// <summary>The whole pool grants nothing, or grants again. Null = done.</summary>
    [Alias("SetPaused")]
    Task<Refusal?> SetPausedAsync(bool paused, string? note, DateTimeOffset? until, string actor);
}
