using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting;

/// <summary>Refuses what only an attack sends: a body that two servers in a row could measure differently, a change that a page of another
/// site asks for from a visitor's browser, and a name that was made to lead here.</summary>
public sealed class RequestGuard(RequestDelegate next, HostNames hosts, CrossOrigin origins)
{
    // Kestrel itself prefers the chunks, and keeps the length that came beside them under this name.
    private const string LengthBesideChunks = "X-Content-Length";

    /// <summary>Refuses the request, or passes it on.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        if (IsFramedTwice(http.Request.Headers))
        {
            // What follows on this connection may be the rest of a body that somebody before us took for a shorter one.
            http.Response.Headers.Connection = "close";
            return Problem.Invalid("Transfer-Encoding", "must be 'chunked' and nothing else, without a Content-Length beside it")
                .ExecuteAsync(http);
        }
        if (!hosts.Takes(http.Request.Host)) return UnknownHost.ExecuteAsync(http);
        return IsCrossSiteChange(http.Request) ? CrossSite.ExecuteAsync(http) : next(http);
    }

    private static bool IsFramedTwice(IHeaderDictionary headers)
    {
        var encoding = headers.TransferEncoding;
        if (encoding.Count == 0) return false;
        return headers.ContainsKey(LengthBesideChunks)
            || !string.Equals(encoding.ToString(), "chunked", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Browsers say where a request comes from; other clients say nothing and carry no visitor's rights.</summary>
    private bool IsCrossSiteChange(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return false;
        if (request.Headers.Origin is { Count: 1 } named && origins.Takes(named.ToString())) return false;
        var site = request.Headers["Sec-Fetch-Site"];
        if (site.Count > 0) return site.ToString() is not ("same-origin" or "none");
        var origin = request.Headers.Origin;
        if (origin.Count == 0) return false;
        // The scheme is left out: behind a proxy that ends TLS it is another one here than in the browser.
        return !Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var page)
            || !string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static Problem UnknownHost => new()
    {
        Kind = ProblemKind.Forbidden,
        Message = "The name in Host is not one of this server's.",
        Suggestion = "Ask by localhost or 127.0.0.1; or let the operator set OwpPool__Server__PublicUrl to the server's address, or list " +
            "its names in OwpPool__Server__AllowedHosts.",
    };

    private static Problem CrossSite => new()
    {
        Kind = ProblemKind.Forbidden,
        Message = "A page of another site may not change anything here.",
        Suggestion = "Send the request from a program that is no browser, or let the operator list the page's origin in " +
            "OwpPool__Server__CorsOrigins.",
    };
}
