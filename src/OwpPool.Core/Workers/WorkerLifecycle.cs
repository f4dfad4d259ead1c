using System.Collections.Immutable;
using Orleans;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Workers;

/// <summary>How long signs of life count (protocol rule 7). One place for the numbers.</summary>
/// <param name="HeartbeatTtl">No sign of life for this long = offline. Default 90 s.</param>
/// <param name="OfflineGrace">Begun leases of an offline worker stay this much longer. Default 5 min.</param>
/// <param name="SeenWriteInterval">A sign of life is stored at most this often. 1 min.</param>
public sealed record LivenessRules(TimeSpan HeartbeatTtl, TimeSpan OfflineGrace, TimeSpan SeenWriteInterval)
{
    /// <summary>The defaults of protocol rule 7.</summary>
    public static LivenessRules Default { get; } = new(TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1));
}

/// <summary>How long rejected tasks stay away from a worker (protocol rule 1).</summary>
/// <param name="Cooldown">Default 1 h.</param>
/// <param name="Most">Rejections that are remembered at once. Default 200.</param>
public sealed record RejectionRules(TimeSpan Cooldown, int Most);

/// <summary>What the pool makes of a new worker.</summary>
/// <param name="TrustTier">Its trust.</param>
/// <param name="Repos">Canonical keys of the repos that it gets tasks of; empty = of all.</param>
/// <param name="InviteId">The invite that let it in; null = none was asked for.</param>
[GenerateSerializer, Immutable, Alias("owp.registration-terms")]
public sealed record RegistrationTerms(
    [property: Id(0)] TrustTier TrustTier, [property: Id(1)] IReadOnlyList<string> Repos, [property: Id(2)] string? InviteId);

/// <summary>How a worker's row changes. Pure.</summary>
public static partial class WorkerLifecycle
{
    /// <summary>How long a replaced token is still good (protocol §1).</summary>
    public static TimeSpan TokenOverlap { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Replaced tokens that are still good, besides the last one, at most.</summary>
    private const int MostOlderTokens = 9;

    /// <summary>A new worker; it counts as seen now.</summary>
    public static Decision<WorkerState> Register(
        WorkerState state, string workerId, WorkerProfile profile, string tokenHash, DateTimeOffset now, RegistrationTerms? terms = null)
    {
        if (state.Exists)
            return Decision<WorkerState>.Refuse(Refusal.Conflict(RefusalReason.AlreadyExists, "This worker id is taken."));
        var next = new WorkerState
        {
            SchemaVersion = WorkerState.CurrentSchema,
            WorkerId = workerId,
            Name = profile.Name,
            GithubHandle = profile.GithubHandle,
            Skills = Names.DistinctSkills(profile.Skills),
            CapacityPoints = profile.CapacityPoints,
            MaxConcurrentTasks = profile.MaxConcurrentTasks,
            TokenHash = tokenHash,
            RegisteredAt = now,
            LastSeenAt = now,
            Status = WorkerStatus.Idle,
            TrustTier = terms?.TrustTier ?? TrustTier.Basic,
            Repos = terms?.Repos ?? [],
        };
        return Change(next, now, "worker.registered", workerId, ("name", profile.Name), ("skills", string.Join(' ', next.Skills)),
            ("trust_tier", Word(next.TrustTier)), ("invite_id", terms?.InviteId),
            ("repos", next.Repos.Count > 0 ? string.Join(' ', next.Repos) : null));
    }

    /// <summary>A sign of life. Stored when the status changes or the stored one is old; else it stays in memory. Going between idle and
    /// working is no change (rule 12).</summary>
    public static Decision<WorkerState> Seen(WorkerState state, WorkerStatus status, string? note, LivenessRules rules, DateTimeOffset now)
    {
        if (IsMove(state, status))
        {
            var type = status switch
            {
                WorkerStatus.Offline => "worker.went_offline",
                WorkerStatus.Paused => "worker.paused",
                _ => state.Status is WorkerStatus.Offline ? "worker.came_online" : "worker.resumed",
            };
            return Change(state with { Status = status, LastSeenAt = now }, now, type, state.WorkerId,
                ("status_before", Word(state.Status)), ("note", note));
        }
        // A clock that stepped back must not stop the writes: the distance counts, not the direction.
        return (now - state.LastSeenAt).Duration() < rules.SeenWriteInterval
            ? Decision<WorkerState>.Unchanged()
            : Change(state with { LastSeenAt = now, Status = status }, now, "worker.seen", state.WorkerId, ("note", note));
    }

    /// <summary>Whether a heartbeat of this status changes what the worker is, and is kept for ever.</summary>
    public static bool IsMove(WorkerState state, WorkerStatus status) =>
        state.Status != status && !(IsAtWork(state.Status) && IsAtWork(status));

    private static bool IsAtWork(WorkerStatus status) => status is WorkerStatus.Idle or WorkerStatus.Working;

    /// <summary>No sign of life came in time.</summary>
    public static Decision<WorkerState> Silent(
        WorkerState state, DateTimeOffset lastSeen, LivenessRules rules, Hearing hearing, DateTimeOffset now)
    {
        if (!state.Exists || state.Status is WorkerStatus.Offline || now < hearing.SilentAt(lastSeen, rules.HeartbeatTtl))
            return Decision<WorkerState>.Unchanged();
        return Change(state with { Status = WorkerStatus.Offline, LastSeenAt = lastSeen }, now, "worker.offline", Actors.System,
            ("status_before", Word(state.Status)), ("last_seen_at", Instants.Text(lastSeen)));
    }

    /// <summary>Remembers that the worker rejected an offer. A repeat changes nothing.</summary>
    public static Decision<WorkerState> Reject(WorkerState state, string taskId, string offerId, RejectionRules rules, DateTimeOffset now)
    {
        if (state.Rejections.Any(rejection => rejection.OfferId == offerId)) return Decision<WorkerState>.Unchanged();
        var kept = state.Rejections.Where(rejection => rejection.Until > now).ToList();
        if (kept.Count >= rules.Most)
        {
            return Decision<WorkerState>.Refuse(Refusal.Conflict(RefusalReason.LimitReached, "You have rejected as many offers as are remembered.",
                "Let this offer run out; it ends by itself."));
        }
        var until = now + rules.Cooldown;
        var next = state with { Rejections = [.. kept, new Rejection { TaskId = taskId, OfferId = offerId, Until = until }] };
        return Change(next, now, "worker.rejected_offer", state.WorkerId, ("task_id", taskId), ("offer_id", offerId),
            ("until", Instants.Text(until)));
    }

    /// <summary>The tasks that the worker is not given because it rejected them.</summary>
    public static IReadOnlyList<string> RejectedTasks(WorkerState state, DateTimeOffset now) =>
        [.. state.Rejections.Where(rejection => rejection.Until > now).Select(rejection => rejection.TaskId)];

    /// <summary>A new token; the old one is good for <see cref="TokenOverlap"/> more, whatever else is rotated meanwhile: who lost the answer
    /// and asks again with the one it has is not locked out if that answer is lost, too.</summary>
    public static Decision<WorkerState> RotateToken(WorkerState state, string tokenHash, DateTimeOffset now)
    {
        var older = state.PreviousTokenHash is { } previous
            ? state.OlderTokens.Prepend(new OldToken { TokenHash = previous, Until = state.PreviousTokenUntil ?? now })
            : state.OlderTokens;
        var next = state with
        {
            TokenHash = tokenHash,
            PreviousTokenHash = state.TokenHash,
            PreviousTokenUntil = now + TokenOverlap,
            OlderTokens = [.. older.Where(token => token.Until > now).Take(MostOlderTokens)],
        };
        return Change(next, now, "worker.token_rotated", state.WorkerId);
    }

    /// <summary>Whether a token opens the worker's door: the current one, or one of its overlap.</summary>
    /// <param name="state">The worker.</param>
    /// <param name="now">The present.</param>
    /// <param name="isSame">Whether the token has this hash; asked of every one there is, so that no answer comes sooner.</param>
    public static bool IsToken(WorkerState state, DateTimeOffset now, Func<string, bool> isSame)
    {
        var isGood = isSame(state.TokenHash);
        isGood |= isSame(state.PreviousTokenHash ?? "") && now < state.PreviousTokenUntil;
        foreach (var token in state.OlderTokens) isGood |= isSame(token.TokenHash) && now < token.Until;
        return isGood && state is { Exists: true, Revoked: false };
    }

    /// <summary>An admin stops new work for the worker, or allows it again.</summary>
    public static Decision<WorkerState> SetPaused(WorkerState state, bool paused, string actor, string? reason, DateTimeOffset now)
    {
        if (!state.Exists) return Decision<WorkerState>.Refuse(Refusal.NotFound("worker"));
        var isPaused = state.PausedByAdmin || (!paused && now < state.PausedUntil);
        if (isPaused == paused) return Decision<WorkerState>.Unchanged();
        return Change(state with { PausedByAdmin = paused, PausedUntil = null }, now, paused ? "worker.paused_by_admin" : "worker.resumed_by_admin", actor,
            ("reason", reason));
    }

    /// <summary>An admin revokes the worker's tokens, permanently.</summary>
    public static Decision<WorkerState> Revoke(WorkerState state, string actor, string? reason, DateTimeOffset now)
    {
        if (!state.Exists) return Decision<WorkerState>.Refuse(Refusal.NotFound("worker"));
        if (state.Revoked) return Decision<WorkerState>.Unchanged();
        return Change(state with { Revoked = true, Status = WorkerStatus.Offline, PreviousTokenHash = null, PreviousTokenUntil = null, OlderTokens = [] },
            now, "worker.revoked", actor, ("reason", reason), ("status_before", Word(state.Status)));
    }

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static Decision<WorkerState> Change(
        WorkerState next, DateTimeOffset now, string type, string actor, params ReadOnlySpan<(string Key, string? Value)> details) =>
        Decision<WorkerState>.Change(next with { Events = [Audit(next, now, type, actor, details)] });

    private static AuditEvent Audit(
        WorkerState next, DateTimeOffset now, string type, string actor, params ReadOnlySpan<(string Key, string? Value)> details)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        builder.Add("status", Word(next.Status));
        foreach (var (key, value) in details)
            if (value is not null) builder.Add(key, value);
        return new AuditEvent { At = now, Type = type, Actor = actor, Target = next.WorkerId, Details = builder.ToImmutable() };
    }
}
