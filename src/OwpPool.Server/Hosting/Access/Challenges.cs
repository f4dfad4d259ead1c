namespace OwpPool.Server.Hosting.Access;

/// <summary>What <c>WWW-Authenticate</c> asks for.</summary>
public static class Challenges
{
    /// <summary>A worker token (RFC 6750).</summary>
    public const string Worker = "Bearer realm=\"owp-pool\"";

    /// <summary>A signature under the secret shared with GitHub.</summary>
    public const string Webhook = "HMAC-SHA256 realm=\"owp-pool\", header=\"X-Hub-Signature-256\"";

    /// <summary>The admin token.</summary>
    public const string Admin = "AdminToken realm=\"owp-pool\", header=\"X-Admin-Token\"";
}
