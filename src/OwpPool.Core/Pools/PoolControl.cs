using System.Collections.Immutable;
using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Pools;

/// <summary>How the pool's one row changes (protocol §1, §3 and §7). Pure.</summary>
public static class PoolControl
{
    /// <summary>What events about the whole pool are about.</summary>
    public const string Target = "pool";

    /// <summary>Tokens that are good at once, at most.</summary>
    public const int MostTokens = 100;

    /// <summary>Invites that are open at once, at most.</summary>
    public const int MostInvites = 1_000;

    /// <summary>A maintainer gets a token. A name has one token at a time.</summary>
    public static Decision<PoolControlState> AddToken(PoolControlState state, MaintainerToken token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(token);
        var kept = state.Tokens.Where(known => !(now >= known.ExpiresAt)).ToList();
        if (kept.Exists(known => string.Equals(known.Name, token.Name, StringComparison.OrdinalIgnoreCase)))
            return Refuse(Refusal.Conflict(RefusalReason.AlreadyExists, $"'{token.Name}' has a token.", "Revoke that first, or take another name."));
        if (kept.Count >= MostTokens)
            return Refuse(Refusal.Conflict(RefusalReason.LimitReached, $"The pool has {MostTokens} tokens of maintainers.", "Revoke one first."));
        return Change(state with { Tokens = [.. kept, token] }, now, "pool.token_created", token.CreatedBy, ("name", token.Name),
            ("role", Word(token.Role)), ("expires_at", TextOf(token.ExpiresAt)));
    }

    /// <summary>Revokes a maintainer's token.</summary>
    public static Decision<PoolControlState> RevokeToken(PoolControlState state, string name, string actor, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var known = state.Tokens.FirstOrDefault(token => string.Equals(token.Name, name, StringComparison.OrdinalIgnoreCase));
        return known is null
            ? Refuse(Refusal.NotFound("token"))
            : Change(state with { Tokens = [.. state.Tokens.Where(token => token != known)] }, now, "pool.token_revoked", actor,
                ("name", known.Name), ("role", Word(known.Role)));
    }

    /// <summary>Workers may register with this from now on.</summary>
    public static Decision<PoolControlState> AddInvite(PoolControlState state, Invite invite, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(invite);
        var open = state.Invites.Where(known => now < known.ExpiresAt && known.UsedBy.Count < known.Uses).ToList();
        if (open.Count >= MostInvites)
            return Refuse(Refusal.Conflict(RefusalReason.LimitReached, $"The pool has {MostInvites} open invites.", "Revoke some first."));
        return Change(state with { Invites = [.. open, invite] }, now, "pool.invite_created", invite.CreatedBy, ("invite_id", invite.InviteId),
            ("uses", Number(invite.Uses)), ("trust_tier", Word(invite.TrustTier)), ("repos", string.Join(' ', invite.Repos)),
            ("expires_at", TextOf(invite.ExpiresAt)));
    }

    /// <summary>Revokes the invite.</summary>
    public static Decision<PoolControlState> RevokeInvite(PoolControlState state, string inviteId, string actor, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var rest = state.Invites.Where(invite => invite.InviteId != inviteId).ToList();
        return rest.Count == state.Invites.Count
            ? Refuse(Refusal.NotFound("invite"))
            : Change(state with { Invites = rest }, now, "pool.invite_revoked", actor, ("invite_id", inviteId));
    }

    /// <summary>A worker comes in by an invite. The same worker again changes nothing.</summary>
    /// <param name="state">The pool.</param>
    /// <param name="isSame">Whether an invite has this hash; asked of every one there is, so that no answer comes sooner.</param>
    /// <param name="workerId">Who comes.</param>
    /// <param name="now">The present.</param>
    /// <param name="used">The invite that let it in.</param>
    public static Decision<PoolControlState> Redeem(
        PoolControlState state, Func<string, bool> isSame, string workerId, DateTimeOffset now, out Invite? used)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(isSame);
        Invite? found = null;
        foreach (var invite in state.Invites)
            if (isSame(invite.SecretHash)) found = invite;
        used = found is not null && now < found.ExpiresAt && (found.UsedBy.Contains(workerId) || found.UsedBy.Count < found.Uses) ? found : null;
        if (used is null)
        {
            return Refuse(Refusal.Forbidden(RefusalReason.NotAllowed, "The invite is unknown, used up, expired or revoked.",
                "Ask the pool's maintainers for an invite and send it as 'invite'."));
        }
        if (used.UsedBy.Contains(workerId)) return Decision<PoolControlState>.Unchanged();
        var spent = used with { UsedBy = [.. used.UsedBy, workerId] };
        return Change(state with { Invites = [.. state.Invites.Select(invite => invite == found ? spent : invite)] }, now, "pool.invite_used",
            workerId, ("invite_id", spent.InviteId), ("uses_left", Number(spent.Uses - spent.UsedBy.Count)));
    }

    /// <summary>The whole pool grants nothing, or grants again.</summary>
    public static Decision<PoolControlState> SetPaused(
        PoolControlState state, bool paused, string? note, DateTimeOffset? until, string actor, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (paused && until <= now) return Refuse(Refusal.Invalid("until", "must lie ahead"));
        if (state.IsPaused(now) == paused && (!paused || (state.PauseNote, state.PauseUntil) == (note, until)))
            return Decision<PoolControlState>.Unchanged();
        var next = state with { Paused = paused, PauseNote = paused ? note : null, PauseUntil = paused ? until : null };
        return Change(next, now, paused ? "pool.paused" : "pool.resumed", actor, ("note", note), ("until", TextOf(until)));
    }

    private static Decision<PoolControlState> Change(
        PoolControlState next, DateTimeOffset now, string type, string actor, params ReadOnlySpan<(string Key, string? Value)> details)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        foreach (var (key, value) in details)
            if (!string.IsNullOrEmpty(value)) builder.Add(key, value);
        var audit = new AuditEvent { At = now, Type = type, Actor = actor, Target = Target, Details = builder.ToImmutable() };
        return Decision<PoolControlState>.Change(next with { SchemaVersion = PoolControlState.CurrentSchema, Events = [audit] });
    }

    private static Decision<PoolControlState> Refuse(Refusal refusal) => Decision<PoolControlState>.Refuse(refusal);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? TextOf(DateTimeOffset? instant) => instant is { } value ? Instants.Text(value) : null;
}
