using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Server.Webhooks;

/// <summary>A webhook to register.</summary>
public sealed partial record WebhookRequest
{
    private const int MaxTopics = 50;

    /// <summary>Where it delivers to: https, on a public host.</summary>
    [StringLength(WebhookTarget.MaxLength, MinimumLength = 1), Url]
    public required string Url { get; init; }

    /// <summary>Which events: first words of event types, such as task or task.merged; none = all.</summary>
    [MaxLength(MaxTopics)]
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>What signs its deliveries; made if it is left out.</summary>
    [StringLength(SecretRules.MaxLength, MinimumLength = SecretRules.MinLength)]
    public string? Secret { get; init; }

    internal static WebhookRequest Read(JsonFields body, WebhookOptions options)
    {
        var url = body.RequiredLine("url", WebhookTarget.MaxLength);
        if (url.Length > 0 && WebhookTarget.WhyNot(url, options) is { } fault) body.Reject("url", fault);
        var topics = body.Lines("topics", MaxTopics, 64);
        if (topics.Any(topic => !Topic().IsMatch(topic)))
            body.Reject("topics", "must be first words of event types, such as task or task.merged");
        return new WebhookRequest { Url = url, Topics = [.. topics.Distinct(StringComparer.Ordinal)], Secret = ReadSecret(body) };
    }

    internal static string? ReadSecret(JsonFields body)
    {
        var secret = body.FreeText("secret", SecretRules.MaxLength);
        if (secret is not null && SecretRules.WhyNot(secret) is { } fault) body.Reject("secret", fault);
        return secret;
    }

    [GeneratedRegex(@"^[a-z]+(\.[a-z_]+)?\z")]
    private static partial Regex Topic();
}

/// <summary>A new secret for a webhook.</summary>
public sealed record RotateWebhookRequest
{
    /// <summary>What signs from now on; made if it is left out.</summary>
    [StringLength(SecretRules.MaxLength, MinimumLength = SecretRules.MinLength)]
    public string? Secret { get; init; }

    internal static RotateWebhookRequest Read(JsonFields body) => new() { Secret = WebhookRequest.ReadSecret(body) };
}

/// <summary>The webhook is registered.</summary>
public sealed record WebhookCreatedResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>Its id.</summary>
    public required string WebhookId { get; init; }

    /// <summary>Its secret, shown only once.</summary>
    public required string Secret { get; init; }
}

/// <summary>A new secret signs; the old one does too for a while.</summary>
public sealed record RotateWebhookResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The webhook.</summary>
    public required string WebhookId { get; init; }

    /// <summary>Its secret from now on, shown only once.</summary>
    public required string Secret { get; init; }

    /// <summary>Until when the old one signs too.</summary>
    public required DateTimeOffset OldSecretUntil { get; init; }
}

/// <summary>The webhook was changed.</summary>
public sealed record WebhookChangedResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The webhook.</summary>
    public required string WebhookId { get; init; }

    /// <summary>active, or deleted.</summary>
    [OneOf(nameof(WordLists.WebhookState))]
    public required string State { get; init; }
}

/// <summary>All webhooks.</summary>
public sealed record WebhooksResponse
{
    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<WebhookView> Items { get; init; }

    /// <summary>Always null: there are never more than fit one answer.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A webhook, without its secret.</summary>
public sealed record WebhookView
{
    internal const string Active = "active";
    internal const string Disabled = "disabled";
    internal const string Deleted = "deleted";

    internal static readonly string[] States = [Active, Disabled, Deleted];

    /// <summary>Its id.</summary>
    public required string WebhookId { get; init; }

    /// <summary>Where it delivers to.</summary>
    public required string Url { get; init; }

    /// <summary>Which events; none = all.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>active or disabled.</summary>
    [OneOf(nameof(WordLists.WebhookState))]
    public required string State { get; init; }

    /// <summary>Why it is disabled.</summary>
    public required string? Reason { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last delivery that was taken.</summary>
    public required DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Since when nothing was taken; null = the last delivery was.</summary>
    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>What was wrong the last time.</summary>
    public required string? LastFailure { get; init; }

    internal static WebhookView From(Webhook hook) => new()
    {
        WebhookId = hook.HookId,
        Url = hook.Url,
        Topics = hook.Topics,
        State = hook.IsActive ? Active : Disabled,
        Reason = hook.Reason,
        CreatedAt = hook.CreatedAt,
        DeliveredAt = hook.DeliveredAt,
        FailingSince = hook.FailingSince,
        LastFailure = hook.LastFailure,
    };
}

/// <summary>Deliveries that were put aside.</summary>
public sealed record DeadLettersResponse
{
    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<DeadLetterView> Items { get; init; }

    /// <summary>Where the list goes on; null = nowhere.</summary>
    public required string? NextCursor { get; init; }
}

/// <summary>A delivery that was put aside.</summary>
public sealed record DeadLetterView
{
    /// <summary>The event's number.</summary>
    public required long Seq { get; init; }

    /// <summary>Its type.</summary>
    public required string EventType { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Tries { get; init; }

    /// <summary>What was wrong the last time.</summary>
    public required string Reason { get; init; }

    /// <summary>When it was put aside.</summary>
    public required DateTimeOffset DeadAt { get; init; }

    internal static DeadLetterView From(DeadLetter letter) =>
        new() { Seq = letter.Seq, EventType = letter.Type, Tries = letter.Tries, Reason = letter.Reason, DeadAt = letter.DeadAt };
}

/// <summary>The delivery was taken after all.</summary>
public sealed record RedeliverResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The event's number.</summary>
    public required long Seq { get; init; }
}
