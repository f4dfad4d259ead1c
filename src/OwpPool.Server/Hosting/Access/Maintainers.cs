using System.Security.Cryptography;
using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Grains.Pools;

namespace OwpPool.Server.Hosting.Access;

/// <summary>A maintainer who calls.</summary>
/// <param name="Name">As the audit log names it.</param>
/// <param name="Role">What it may do.</param>
public sealed record MaintainerCaller(string Name, MaintainerRole Role)
{
    /// <summary>Who did it, for the audit log.</summary>
    public string Actor { get; } = Actors.AdminOf(Name);
}

/// <summary>Who the maintainers are: whoever holds the root token, and those that have a token of their own. A token comes as
/// <c>X-Admin-Token</c>, or as <c>Authorization: Bearer owpa_…</c>.</summary>
public sealed class Maintainers(AdminToken root, PoolBoard board, TimeProvider clock)
{
    /// <summary>What every token begins with that a pool makes for a maintainer.</summary>
    public const string Prefix = "owpa_";

    /// <summary>Longest header that is looked at.</summary>
    private const int MaxHeaderLength = 512;

    private static readonly MaintainerCaller Root = new(Actors.RootName, MaintainerRole.Admin);

    /// <summary>Whether the request means to be a maintainer's, rightly or not.</summary>
    public static bool IsMeant(IHeaderDictionary headers) => headers.ContainsKey(AdminToken.Header)
        || (WorkerTokens.TryReadBearer(headers, out var token) && token.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>The maintainer whose token the request carries; null if it carries none that is good. Takes the same time whichever of them
    /// it is. Of two headers neither is taken: one of them is a mistake.</summary>
    public MaintainerCaller? Read(IHeaderDictionary headers)
    {
        string? token = headers[AdminToken.Header] is [{ Length: > 0 and <= MaxHeaderLength } header] ? header : null;
        if (WorkerTokens.TryReadBearer(headers, out var bearer) && bearer.StartsWith(Prefix, StringComparison.Ordinal))
        {
            if (headers.ContainsKey(AdminToken.Header)) return null;
            token = bearer;
        }
        if (token is null) return null;
        var caller = root.Matches(token) ? Root : null;
        var (hash, now) = (Convert.ToBase64String(AdminToken.HashOf(token)), clock.GetUtcNow());
        foreach (var known in board.State.Tokens)
        {
            var isSame = CryptographicOperations.FixedTimeEquals(
                System.Text.Encoding.ASCII.GetBytes(hash), System.Text.Encoding.ASCII.GetBytes(known.TokenHash));
            if (isSame && !(now >= known.ExpiresAt)) caller = new MaintainerCaller(known.Name, known.Role);
        }
        return caller;
    }
}
