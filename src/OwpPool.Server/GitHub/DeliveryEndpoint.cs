using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.OpenApi;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Where GitHub's webhook delivers. Nothing is read from a body before its signature is found right, and nothing is acknowledged
/// before it is stored.</summary>
public sealed class DeliveryEndpoint(
    SqliteStorage storage, InboxWorker inbox, GitHubTransport transport, IOptions<GitHubOptions> options, TimeProvider clock)
{
    private const string Stored = "stored";
    private const string Duplicate = "duplicate";
    private const string Ignored = "ignored";

    /// <summary>What can become of a delivery when it comes.</summary>
    internal static readonly string[] Results = [Stored, Duplicate, Ignored];

    private const string DeliveryHeader = "X-GitHub-Delivery";
    private const string EventHeader = "X-GitHub-Event";
    private const int MaxHeaderLength = 100;

    private readonly WebhookSignature? _signature =
        options.Value.WebhookSecret is { Length: > 0 } secret ? new WebhookSignature(secret) : null;

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<DeliveryEndpoint>();
        var limit = routes.ServiceProvider.GetRequiredService<IOptions<GitHubOptions>>().Value.MaxWebhookBytes;
        routes.MapPost("/webhooks/github", (Delegate)endpoint.ReceiveAsync)
            .Allow(AccessRule.Anyone)
            .WithMetadata(new BodyLimit(limit))
            .Describe("receiveGitHubWebhook", "GitHub", "Take a delivery of GitHub's webhook",
                $"Signed over the raw body in {WebhookSignature.Header} under GITHUB_WEBHOOK_SECRET; without that setting there is " +
                "no such endpoint. The answer says that the delivery is stored; its effect follows. pull_request and pull_request_review events " +
                "move tasks, repository events say what a repository is called now, all others are taken and mean nothing.")
            .AddOpenApiOperationTransformer(static (operation, _, _) =>
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, OpenApiMediaType>
                    {
                        ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
                    },
                };
                return Task.CompletedTask;
            })
            .Answers<DeliveryResponse>(StatusCodes.Status202Accepted)
            .Fails(ProblemKind.ValidationError, ProblemKind.Unauthorized, ProblemKind.NotFound, ProblemKind.PayloadTooLarge,
                ProblemKind.UnsupportedMediaType, ProblemKind.Unavailable);
    }

    private async Task<IResult> ReceiveAsync(HttpContext http)
    {
        if (_signature is null) return NotSetUp;
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (!_signature.IsOf(body.Span, http.Request.Headers[WebhookSignature.Header])) return BadSignature;
        if (string.IsNullOrWhiteSpace(http.Request.ContentType)) return NotJson("Only JSON is read.");
        if (BodyType.WhyNotReadable(http.Request, BodyType.IsJson, "Only JSON is read.") is { } message) return NotJson(message);
        if (HeaderOf(http, DeliveryHeader) is not { } delivery)
            return Problem.Invalid(DeliveryHeader, "must be GitHub's id of the delivery");
        if (HeaderOf(http, EventHeader) is not { } name) return Problem.Invalid(EventHeader, "must be GitHub's name of the event");
        GitHubSignal? signal;
        try
        {
            signal = WebhookPayload.Read(name, body);
        }
        catch (JsonException)
        {
            return Problem.Invalid("body", "must be one well-formed JSON object");
        }
        var added = await storage.GitHubInbox.AddAsync(delivery, name, signal, clock.Now(), http.RequestAborted);
        if (added && signal is not null) inbox.Wake();
        var response = new DeliveryResponse
        {
            DeliveryId = delivery,
            Result = !added ? Duplicate : signal is null || IsUndecidable(signal) ? Ignored : Stored,
        };
        return new WireResult<DeliveryResponse>(response, Wire.Json.DeliveryResponse, StatusCodes.Status202Accepted);
    }

    /// <summary>A demand by somebody whom GitHub does not call a maintainer, and nobody may ask; the list of deliveries says so.</summary>
    private bool IsUndecidable(GitHubSignal signal) => signal is PullRequestSignal { DoubtfulReviewer: not null } && !transport.HasToken;

    private static string? HeaderOf(HttpContext http, string name)
    {
        StringValues header = http.Request.Headers[name];
        return header is [{ Length: >= 1 and <= MaxHeaderLength } value] && value.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? value
            : null;
    }

    private static Problem NotSetUp => new()
    {
        Kind = ProblemKind.NotFound,
        Message = "This server takes no deliveries from GitHub.",
        Suggestion = "Set GITHUB_WEBHOOK_SECRET, here and in the webhook's settings.",
    };

    private static Problem BadSignature => new()
    {
        Kind = ProblemKind.Unauthorized,
        Message = "The delivery's signature is missing or wrong.",
        Suggestion = $"Give the webhook the secret of GITHUB_WEBHOOK_SECRET; it must send {WebhookSignature.Header}.",
        Challenge = Challenges.Webhook,
    };

    private static Problem NotJson(string message) => new()
    {
        Kind = ProblemKind.UnsupportedMediaType,
        Message = message,
        Suggestion = "Choose the content type application/json in the webhook's settings.",
    };

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
