using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>Who maintains the pool, what waits for them, whom it lets in, and whether it hands out anything.</summary>
public sealed partial class PoolClient
{
    /// <summary>What waits for a maintainer.</summary>
    /// <param name="repo">Only of this repo; null = of all.</param>
    /// <param name="limit">Items of each list, 1..100; null = 20.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<Desk> GetDeskAsync(string? repo = null, int? limit = null, CancellationToken ct = default) => GetAsync(
        new QueryPath("v1/admin/desk").With("repo", repo).With("limit", limit).ToString(), Caller.Admin, PoolJson.Default.Desk, ct);

    /// <summary>Gives a maintainer a token; a 409 where the name has one.</summary>
    public Task<NewToken> CreateTokenAsync(TokenRequest request, CancellationToken ct = default) => PostAsync(
        "v1/admin/tokens", Caller.Admin, request, PoolJson.Default.TokenRequest, PoolJson.Default.NewToken, null, ct);

    /// <summary>The maintainers that have a token, by name; the root token is none of them.</summary>
    public async Task<IReadOnlyList<TokenView>> ListTokensAsync(CancellationToken ct = default) =>
        (await GetAsync("v1/admin/tokens", Caller.Admin, PoolJson.Default.PageTokenView, ct).ConfigureAwait(false)).Items;

    /// <summary>Revokes a maintainer's token, at once and permanently; a 404 where the name has none.</summary>
    public Task RevokeTokenAsync(string name, CancellationToken ct = default) => RevokeAsync("tokens", name, ct);

    /// <summary>Invites workers.</summary>
    public Task<NewInvite> CreateInviteAsync(InviteRequest request, CancellationToken ct = default) => PostAsync(
        "v1/admin/invites", Caller.Admin, request, PoolJson.Default.InviteRequest, PoolJson.Default.NewInvite, null, ct);

    /// <summary>The open invites, and the used ones until the next is made; the newest first.</summary>
    public async Task<IReadOnlyList<InviteView>> ListInvitesAsync(CancellationToken ct = default) =>
        (await GetAsync("v1/admin/invites", Caller.Admin, PoolJson.Default.PageInviteView, ct).ConfigureAwait(false)).Items;

    /// <summary>Revokes an invite. Workers that registered with it stay.</summary>
    public Task RevokeInviteAsync(string inviteId, CancellationToken ct = default) => RevokeAsync("invites", inviteId, ct);

    /// <summary>Hands out nothing in the whole pool; leases and reviews go on.</summary>
    /// <param name="note">Up to 500 characters; workers are told.</param>
    /// <param name="until">When it ends by itself; null = when a maintainer ends it.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task<PoolPauseReply> PauseAsync(string? note = null, DateTimeOffset? until = null, CancellationToken ct = default) => PostAsync(
        "v1/admin/pause", Caller.Admin, new PoolPauseRequest(note, until), PoolJson.Default.PoolPauseRequest, PoolJson.Default.PoolPauseReply,
        null, ct);

    /// <summary>Hands out tasks again.</summary>
    public Task<PoolPauseReply> ResumeAsync(CancellationToken ct = default) => PostAsync(
        "v1/admin/resume", Caller.Admin, new EmptyRequest(), PoolJson.Default.EmptyRequest, PoolJson.Default.PoolPauseReply, null, ct);

    private Task RevokeAsync(string kind, string name, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return PostAsync($"v1/admin/{kind}/{Uri.EscapeDataString(name)}/revoke", Caller.Admin, new EmptyRequest(),
            PoolJson.Default.EmptyRequest, PoolJson.Default.OkReply, null, ct);
    }
}
