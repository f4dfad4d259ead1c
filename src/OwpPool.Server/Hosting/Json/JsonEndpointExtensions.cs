namespace OwpPool.Server.Hosting.Json;

/// <summary>Endpoints that take one JSON object.</summary>
public static class JsonEndpointExtensions
{
    /// <summary>Maps a POST whose body is read by <see cref="JsonBody"/>. The handler runs only if nothing is wrong with it.</summary>
    /// <param name="routes">Where it is mapped.</param>
    /// <param name="pattern">Its path.</param>
    /// <param name="read">Reads the fields.</param>
    /// <param name="handle">Answers.</param>
    /// <param name="mayBeEmpty">Whether no body at all is taken for an object without fields.</param>
    /// <typeparam name="T">The wire record of the request; it is what OpenAPI shows.</typeparam>
    public static RouteHandlerBuilder MapJsonPost<T>(
        this IEndpointRouteBuilder routes, string pattern, Func<JsonFields, T> read, Func<T, HttpContext, Task<IResult>> handle,
        bool mayBeEmpty = false)
        where T : class => routes.MapJson(HttpMethods.Post, pattern, read, handle, mayBeEmpty);

    /// <summary>The same for a PATCH: a JSON object whose members replace those of the thing, null = back to the default (RFC 7396).</summary>
    public static RouteHandlerBuilder MapJsonPatch<T>(
        this IEndpointRouteBuilder routes, string pattern, Func<JsonFields, T> read, Func<T, HttpContext, Task<IResult>> handle)
        where T : class => routes.MapJson(HttpMethods.Patch, pattern, read, handle, mayBeEmpty: false);

    private static RouteHandlerBuilder MapJson<T>(
        this IEndpointRouteBuilder routes, string method, string pattern, Func<JsonFields, T> read,
        Func<T, HttpContext, Task<IResult>> handle, bool mayBeEmpty)
        where T : class
    {
        // "*/*" leaves the judgement of the type to JsonBody; OpenAPI shows the JSON form only.
        return routes.MapMethods(pattern, [method], (Delegate)HandleAsync).Accepts<T>(mayBeEmpty, "application/json", "*/*");

        async Task<IResult> HandleAsync(HttpContext http)
        {
            var body = await JsonBody.ReadAsync(http.Request, read, mayBeEmpty);
            return body.Value is { } request ? await handle(request, http) : body.Problem!;
        }
    }
}
