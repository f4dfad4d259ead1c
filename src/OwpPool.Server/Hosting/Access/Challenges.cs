namespace OwpPool.Server.Hosting.Access;

/// <summary>What <c>WWW-Authenticate</c> asks for.</summary>
public static class Challenges
{
    /// <summary>A worker token (RFC 6750).</summary>
    public const string Worker = "Bearer realm=\"owp-pool\"";

    /// <summary>The admin token.</summary>
    public const string Admin = "AdminToken realm=\"owp-pool\", header=\"X-Admin-Token\"";
}
