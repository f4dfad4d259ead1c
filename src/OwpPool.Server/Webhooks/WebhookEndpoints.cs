using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Workers;
using OwpPool.Storage;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Server.Webhooks;

/// <summary>Operators' webhooks.</summary>
public sealed class WebhookEndpoints(
    SqliteStorage storage, WebhookDispatcher dispatcher, WebhookSecrets secrets, IIdSource ids, IOptions<WebhookOptions> options,
        TimeProvider clock)
{
    private const string Path = "/v1/admin/webhooks";
    private const string OnePath = Path + "/{id}";

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<WebhookEndpoints>();
        routes.MapJsonPost<WebhookRequest>(Path, endpoints.Read, endpoints.AddAsync)
            .Allow(AccessRule.Admin)
            .Describe("createWebhook", "Webhooks", "Register a webhook",
                "Events from now on are POSTed to it in order, at least once, signed in X-Owp-Signature. The answer holds the secret, " +
                "this once.")
            .Answers<WebhookCreatedResponse>(StatusCodes.Status201Created)
            .Fails(ProblemKind.Conflict);
        routes.MapGet(Path, (Delegate)endpoints.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listWebhooks", "Webhooks", "All webhooks", "How each stands; never their secrets.")
            .Answers<WebhooksResponse>(StatusCodes.Status200OK);
        routes.MapDelete(OnePath, (Delegate)endpoints.DeleteAsync)
            .Allow(AccessRule.Admin)
            .Describe("deleteWebhook", "Webhooks", "Remove a webhook", "With the deliveries that were put aside for it.")
            .TakesPath("id", "The webhook.")
            .Answers<WebhookChangedResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
        routes.MapJsonPost<RotateWebhookRequest>($"{OnePath}/rotate", RotateWebhookRequest.Read, endpoints.RotateAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("rotateWebhookSecret", "Webhooks", "Give a webhook a new secret",
                "Deliveries carry the signatures of both secrets until old_secret_until. The answer holds the new one, this once.")
            .TakesPath("id", "The webhook.")
            .Answers<RotateWebhookResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
        routes.MapJsonPost<EmptyRequest>($"{OnePath}/enable", EmptyRequest.Read, endpoints.EnableAsync, mayBeEmpty: true)
            .Allow(AccessRule.Admin)
            .Describe("enableWebhook", "Webhooks", "Let a disabled webhook go on",
                "Where it stopped, or with the oldest event that is still kept.")
            .TakesPath("id", "The webhook.")
            .Answers<WebhookChangedResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.NotFound);
    }

    private WebhookRequest Read(JsonFields body) => WebhookRequest.Read(body, options.Value);

    private async Task<IResult> AddAsync(WebhookRequest request, HttpContext http)
    {
        var hookId = ids.NewId(Ids.Webhook);
        var secret = request.Secret ?? WebhookSecrets.Make();
        var hook = new Webhook
        {
            HookId = hookId,
            Url = new Uri(request.Url).AbsoluteUri,
            Topics = request.Topics,
            SealedSecret = secrets.Seal(hookId, secret),
            CreatedAt = clock.Now(),
        };
        if (!await storage.Webhooks.AddAsync(hook, storage.Feed.LatestSeq, options.Value.MaxHooks, http.Actor(), http.RequestAborted))
        {
            return Problem.From(Refusal.Conflict(RefusalReason.LimitReached, "The pool has as many webhooks as it may.",
                "Remove one, or raise OwpPool__Webhooks__MaxHooks."));
        }
        dispatcher.Changed();
        http.Features.Set(new MadeThing(hookId));
        return Wire.Created(new WebhookCreatedResponse { WebhookId = hookId, Secret = secret }, Wire.Json.WebhookCreatedResponse);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var hooks = await storage.Webhooks.ListAsync(http.RequestAborted);
        return Wire.Ok(new WebhooksResponse { Items = [.. hooks.Select(WebhookView.From)] }, Wire.Json.WebhooksResponse);
    }

    private async Task<IResult> DeleteAsync(HttpContext http)
    {
        if (await FindAsync(http, storage) is not { } hook) return NoSuch;
        await storage.Webhooks.DeleteAsync(hook.HookId, http.Actor(), clock.Now(), http.RequestAborted);
        dispatcher.Changed();
        return Wire.Ok(new WebhookChangedResponse { WebhookId = hook.HookId, State = WebhookView.Deleted }, Wire.Json.WebhookChangedResponse);
    }

    private async Task<IResult> RotateAsync(RotateWebhookRequest request, HttpContext http)
    {
        if (await FindAsync(http, storage) is not { } hook) return NoSuch;
        var secret = request.Secret ?? WebhookSecrets.Make();
        var now = clock.Now();
        var until = now.AddSeconds(options.Value.OldSecretSeconds);
        await storage.Webhooks.RotateAsync(hook.HookId, secrets.Seal(hook.HookId, secret), until, http.Actor(), now, http.RequestAborted);
        return Wire.Ok(
            new RotateWebhookResponse { WebhookId = hook.HookId, Secret = secret, OldSecretUntil = until },
                Wire.Json.RotateWebhookResponse);
    }

    private async Task<IResult> EnableAsync(EmptyRequest request, HttpContext http)
    {
        if (await FindAsync(http, storage) is not { } hook) return NoSuch;
        var kept = await storage.Feed.ReadExtentAsync(http.RequestAborted);
        await storage.Webhooks.EnableAsync(hook.HookId, kept.Oldest, http.Actor(), clock.Now(), http.RequestAborted);
        dispatcher.Changed();
        return Wire.Ok(new WebhookChangedResponse { WebhookId = hook.HookId, State = WebhookView.Active }, Wire.Json.WebhookChangedResponse);
    }

    /// <summary>The webhook that the path names; null if there is none.</summary>
    internal static async Task<Webhook?> FindAsync(HttpContext http, SqliteStorage storage) =>
        http.PathId(Ids.Webhook) is { } id
            ? await storage.Webhooks.FindAsync(id, http.RequestAborted)
            : null;

    internal static Problem NoSuch => Problem.From(Refusal.NotFound("webhook"));
}
