using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Gives every request and answer in JSON an example, made of its schema and of <see cref="ExampleValues"/>: an endpoint that is
/// added has one by itself as far as its members have values. A test names those that have none.</summary>
internal sealed class Examples(OpenApiDocument document)
{
    private const string Json = "application/json";

    /// <summary>Goes through the whole document.</summary>
    public void Add()
    {
        foreach (var operation in document.Paths.Values.SelectMany(static path => path.Operations!.Values))
        {
            if (operation.RequestBody?.Content?.TryGetValue(Json, out var request) is true) AddRequests(operation.OperationId!, request);
            foreach (var response in operation.Responses!.Values.OfType<OpenApiResponse>())
                if (response.Content?.TryGetValue(Json, out var answer) is true) answer.Example = Of(answer.Schema!, null, "");
        }
    }

    /// <summary>A problem of a kind.</summary>
    public static JsonNode OfProblem(ProblemKind kind)
    {
        var (message, facts) = Happened(kind);
        var problem = new ProblemDocument
        {
            Type = kind.Type,
            Title = kind.Title,
            Status = kind.Status,
            Detail = message,
            Instance = "/v1/tasks/t_9fKd2LmX7qRvB4sWnC/status",
            TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
            Error = kind.Code,
            Code = kind.Code,
            Message = message,
            Details = facts,
            Suggestion = kind.Suggestion,
        };
        return JsonSerializer.SerializeToNode(problem, Wire.Json.ProblemDocument)!;
    }

    private static (string Message, ProblemFacts Facts) Happened(ProblemKind kind) => kind.Status switch
    {
        StatusCodes.Status400BadRequest => ("status: is required.", new ProblemFacts
        {
            Errors = new Dictionary<string, IReadOnlyList<string>> { ["status"] = ["is required"] },
        }),
        StatusCodes.Status409Conflict => ("The lease is over, and another worker holds the task.",
            new ProblemFacts { Reason = Core.Shared.RefusalReason.LeaseLost }),
        StatusCodes.Status412PreconditionFailed => ("The task is version 8, not 7.",
            new ProblemFacts { Reason = Core.Shared.RefusalReason.VersionChanged }),
        StatusCodes.Status413PayloadTooLarge => ("The body is larger than 262144 bytes.", new ProblemFacts { LimitBytes = 262_144 }),
        _ => (kind.Meaning, new ProblemFacts()),
    };

    private void AddRequests(string operation, OpenApiMediaType request)
    {
        foreach (var (name, value) in ExampleValues.RequestsOf(operation))
        {
            request.Examples ??= new Dictionary<string, IOpenApiExample>();
            request.Examples[name.Replace(' ', '_').ToLower(CultureInfo.InvariantCulture)] = new OpenApiExample { Summary = name, Value = value };
        }
        if (request.Examples is null) request.Example = Of(request.Schema!, null, "");
    }

    /// <param name="schema">Of the value.</param>
    /// <param name="owner">The schema whose member it is; null = of none.</param>
    /// <param name="member">The member.</param>
    private JsonNode? Of(IOpenApiSchema schema, string? owner, string member)
    {
        if (member.Length > 0 && ExampleValues.TryGet(owner, member, out var known)) return known;
        if (schema is OpenApiSchemaReference { Reference.Id: { } id })
        {
            if (WordLists.All.TryGetValue(id, out var words)) return ExampleValues.TryGet(null, id, out var word) ? word : words.Words[0];
            return OfObject(document.Components!.Schemas![id], id);
        }
        if (schema.OneOf is { Count: > 0 } choices) return Of(choices.First(static choice => choice is OpenApiSchemaReference), owner, "");
        if (schema.Items is { } items) return Of(items, owner, "") is { } item ? new JsonArray(item) : null;
        return schema.Properties is { Count: > 0 } ? OfObject(schema, owner) : null;
    }

    private JsonObject OfObject(IOpenApiSchema schema, string? name)
    {
        var example = new JsonObject();
        foreach (var (member, part) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            var value = Of(part, name, member);
            if (value is not null || schema.Required?.Contains(member) is true) example[member] = value;
        }
        return example;
    }
}
