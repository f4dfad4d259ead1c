using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Access;

/// <summary>The token that opens <c>/metrics</c> and nothing else, so that whoever collects measurements need not be an admin.</summary>
public sealed class MetricsToken(IOptions<ServerOptions> options)
{
    private readonly byte[]? _hash = options.Value.MetricsToken is { Length: > 0 } token ? AdminToken.HashOf(token) : null;

    /// <summary>Whether <c>Authorization: Bearer</c> carries it; takes the same time whatever is wrong with it.</summary>
    public bool IsIn(IHeaderDictionary headers) => _hash is not null && WorkerTokens.TryReadBearer(headers, out var token)
        && CryptographicOperations.FixedTimeEquals(AdminToken.HashOf(token), _hash);
}
