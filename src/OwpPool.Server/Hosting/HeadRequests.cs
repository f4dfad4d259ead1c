namespace OwpPool.Server.Hosting;

/// <summary>HEAD beside GET (RFC 9110, section 9.3.2): whoever only looks whether something is there gets the headers of a GET.</summary>
public static class HeadRequests
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Lets an endpoint that takes GET take HEAD too; Kestrel leaves the body out. Others stay as they are.</summary>
    public static TBuilder TakesHead<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods is [var only] && HttpMethods.IsGet(only))
                endpoint.Metadata.Add(new HttpMethodMetadata(GetAndHead));
        });
        return builder;
    }
}
