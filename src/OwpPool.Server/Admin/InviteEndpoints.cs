using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Grains.Pools;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Admin;

/// <summary>Invites: who may register where registration is not open.</summary>
public sealed class InviteEndpoints(
    IGrainFactory grains, PoolBoard board, IIdSource ids, IOptions<RegistrationOptions> registration, TimeProvider clock)
{
    private const int SecretBytes = 32;

    /// <summary>Longest text of an invite that is looked at.</summary>
    public const int MaxLength = 100;

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<InviteEndpoints>();
        routes.MapJsonPost("/v1/admin/invites", InviteRequest.Read, endpoints.CreateAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("createInvite", "Admin", "Invite workers",
                "Where OwpPool__Registration__Mode is invite, a worker registers with the text of this; elsewhere it may, and gets its trust and "
                + "repos. The text is shown only once.")
            .Answers<InviteResponse>(StatusCodes.Status201Created)
            .Fails(ProblemKind.Conflict);
        routes.MapGet("/v1/admin/invites", (Delegate)endpoints.List)
            .Allow(AccessRule.Admin)
            .Describe("listInvites", "Admin", "The open invites, and the used ones until the next is made", "Without their texts; the newest first.")
            .Answers<InvitesResponse>(StatusCodes.Status200OK);
        routes.MapJsonPost("/v1/admin/invites/{id}/revoke", EmptyRequest.Read, endpoints.RevokeAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("revokeInvite", "Admin", "Revoke an invite", "Workers that registered with it stay.")
            .TakesPath("id", "The invite.")
            .Answers<RevokedResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> CreateAsync(InviteRequest request, HttpContext http)
    {
        var text = $"owpi_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var now = clock.Now();
        var invite = new Invite
        {
            InviteId = ids.NewId(Ids.Invite),
            SecretHash = HashOf(text),
            Uses = request.Uses,
            TrustTier = request.TrustTier is { } tier ? Enum.Parse<TrustTier>(tier, ignoreCase: true) : registration.Value.ToTier(),
            Repos = [.. request.Repos.Select(Names.CanonicalRepo).Distinct(StringComparer.Ordinal)],
            CreatedAt = now,
            CreatedBy = http.Actor(),
            ExpiresAt = now.AddSeconds(request.ExpiresInSeconds),
        };
        if (await grains.GetPoolControl().AddInviteAsync(invite) is { } refusal) return Problem.From(refusal);
        return Wire.Created(new InviteResponse(ItemOf(invite), text), Wire.Json.InviteResponse);
    }

    private IResult List() => Wire.Ok(new InvitesResponse
    {
        Items = [.. board.State.Invites.OrderByDescending(static invite => invite.CreatedAt).Select(ItemOf)],
    }, Wire.Json.InvitesResponse);

    private async Task<IResult> RevokeAsync(EmptyRequest request, HttpContext http)
    {
        if (http.PathId(Ids.Invite) is not { } inviteId) return Problem.From(Refusal.NotFound("invite"));
        return await grains.GetPoolControl().RevokeInviteAsync(inviteId, http.Actor()) is { } refusal
            ? Problem.From(refusal)
            : Wire.Ok(new RevokedResponse(), Wire.Json.RevokedResponse);
    }

    /// <summary>The form in which an invite's text is stored and compared.</summary>
    internal static string HashOf(string text) => Convert.ToBase64String(AdminToken.HashOf(text));

    private static InviteItem ItemOf(Invite invite) => new()
    {
        InviteId = invite.InviteId,
        Uses = invite.Uses,
        UsedBy = invite.UsedBy,
        TrustTier = invite.TrustTier.ToString().ToLowerInvariant(),
        Repos = invite.Repos,
        CreatedAt = invite.CreatedAt,
        CreatedBy = invite.CreatedBy,
        ExpiresAt = invite.ExpiresAt,
    };
}
