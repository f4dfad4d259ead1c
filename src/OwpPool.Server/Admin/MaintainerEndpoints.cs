using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Grains.Pools;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Admin;

/// <summary>Maintainers by name: their tokens.</summary>
public sealed class MaintainerEndpoints(IGrainFactory grains, PoolBoard board, TimeProvider clock)
{
    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<MaintainerEndpoints>();
        routes.MapJsonPost("/v1/admin/tokens", TokenRequest.Read, endpoints.CreateAsync)
            .Allow(AccessRule.Admin)
            .Describe("createToken", "Admin", "Give a maintainer a token",
                "The audit log names its holder as admin:NAME. The token is shown only once. A name has one token at a time.")
            .Answers<TokenResponse>(StatusCodes.Status201Created)
            .Fails(ProblemKind.Conflict);
        routes.MapGet("/v1/admin/tokens", (Delegate)endpoints.List)
            .Allow(AccessRule.Admin)
            .Describe("listTokens", "Admin", "The maintainers that have a token", "Without the tokens themselves, and without the root token.")
            .Answers<MaintainersResponse>(StatusCodes.Status200OK);
        routes.MapJsonPost("/v1/admin/tokens/{name}/revoke", EmptyRequest.Read, endpoints.RevokeAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("revokeToken", "Admin", "Revoke a maintainer's token", "At once and permanently.")
            .TakesPath("name", "The maintainer.", TokenRequest.MaxNameLength)
            .Answers<RevokedResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private async Task<IResult> CreateAsync(TokenRequest request, HttpContext http)
    {
        var (text, now) = (AdminToken.Make(), clock.Now());
        var token = new MaintainerToken
        {
            Name = request.Name,
            Role = request.ToRole(),
            TokenHash = Convert.ToBase64String(AdminToken.HashOf(text)),
            CreatedAt = now,
            CreatedBy = http.Actor(),
            ExpiresAt = request.ExpiresInSeconds is { } seconds ? now.AddSeconds(seconds) : null,
        };
        if (await grains.GetPoolControl().AddTokenAsync(token) is { } refusal) return Problem.From(refusal);
        return Wire.Created(new TokenResponse(ItemOf(token), text), Wire.Json.TokenResponse);
    }

    private IResult List() => Wire.Ok(new MaintainersResponse
    {
        Items = [.. board.State.Tokens.OrderBy(static token => token.Name, StringComparer.OrdinalIgnoreCase).Select(ItemOf)],
    }, Wire.Json.MaintainersResponse);

    private async Task<IResult> RevokeAsync(EmptyRequest request, HttpContext http)
    {
        var name = (string?)http.Request.RouteValues["name"];
        if (!TokenRequest.IsName(name)) return Problem.From(Refusal.NotFound("token"));
        return await grains.GetPoolControl().RevokeTokenAsync(name!, http.Actor()) is { } refusal
            ? Problem.From(refusal)
            : Wire.Ok(new RevokedResponse(), Wire.Json.RevokedResponse);
    }

    private static MaintainerItem ItemOf(MaintainerToken token) => new()
    {
        Name = token.Name,
        Role = EnumWords<MaintainerRole>.Of(token.Role),
        CreatedAt = token.CreatedAt,
        CreatedBy = token.CreatedBy,
        ExpiresAt = token.ExpiresAt,
    };
}
