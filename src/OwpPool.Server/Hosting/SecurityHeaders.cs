using Microsoft.Extensions.Primitives;

namespace OwpPool.Server.Hosting;

/// <summary>What browsers are told about every answer. Nothing here is meant to be framed or sniffed; with which origins it is shared,
/// <see cref="CrossOrigin"/> says.</summary>
public static class SecurityHeaders
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues ForData = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>The docs' own scripts and styles, inline styles among them, and nothing from elsewhere.</summary>
    private static readonly StringValues ForPages =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Sets them on every answer.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use(static (http, next) =>
    {
        Set(http);
        return next(http);
    });

    /// <summary>Lets the inline script of a page run that bears the nonce.</summary>
    internal static void AllowScript(HttpContext http, string nonce) => http.Response.Headers.ContentSecurityPolicy =
        ForPages.ToString().Replace("script-src 'self'", $"script-src 'self' 'nonce-{nonce}'", StringComparison.Ordinal);

    internal static void Set(HttpContext http)
    {
        var path = http.Request.Path;
        var page = path.StartsWithSegments("/docs") || path.StartsWithSegments("/problems");
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers["Referrer-Policy"] = NoReferrer;
        headers.ContentSecurityPolicy = page ? ForPages : ForData;
        if (!page) headers.CacheControl = NoStore;
    }
}
