using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Events;

/// <summary>Where a client resumes a stream.</summary>
public static class StreamPosition
{
    private const string Header = "Last-Event-ID";
    private const string WrongForm = "must be the id of an event of this stream, or its number";
    private const int MaxLength = 40;

    /// <summary>The last event that the client has: <c>Last-Event-ID</c>, which browsers send by themselves when they come back to the
    /// address they were given, else <c>after</c>; null = neither.</summary>
    public static ResumePoint? Read(QueryFields query, IHeaderDictionary headers)
    {
        var text = query.Text("after", MaxLength, static text => ResumePoint.TryParse(text) is null ? WrongForm : null);
        var after = text is null ? null : ResumePoint.TryParse(text);
        // Some clients that never got an id send an empty one.
        if (!headers.TryGetValue(Header, out var values) || values is [null or ""]) return after;
        if (values is [{ } last] && ResumePoint.TryParse(last) is { } id) return id;
        query.Reject(Header, WrongForm);
        return null;
    }

    /// <summary>Says so in the OpenAPI document.</summary>
    public static RouteHandlerBuilder ResumesStreams(this RouteHandlerBuilder builder) =>
        builder.AddOpenApiOperationTransformer(static (operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                Parameter("after", ParameterLocation.Query, "The id of the last event already seen, or its number; 0 = everything that is kept."));
            operation.Parameters.Add(Parameter(Header, ParameterLocation.Header, "The id of the last event already seen; wins over after."));
            return Task.CompletedTask;
        });

    private static OpenApiParameter Parameter(string name, ParameterLocation place, string description) => new()
    {
        Name = name,
        In = place,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = ResumePoint.Pattern },
    };
}
