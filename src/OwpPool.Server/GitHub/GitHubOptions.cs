using System.ComponentModel.DataAnnotations;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.GitHub;

/// <summary>GitHub: <c>OwpPool:GitHub</c> in the configuration, <c>OwpPool__GitHub__…</c> in the environment.</summary>
public sealed class GitHubOptions
{
    /// <summary>The secret that GitHub signs its webhook's deliveries with; also <c>GITHUB_WEBHOOK_SECRET</c>.</summary>
    /// <value>Default none: <c>/webhooks/github</c> is 404. At least 32 bytes.</value>
    public string? WebhookSecret { get; set; }

    /// <summary>Largest delivery, in bytes.</summary>
    /// <value>Default 1,048,576 (1 MiB); 65,536 to 26,214,400, which is GitHub's own limit. What the pool listens to is about 30 KB, and
    /// with the longest text that a pull request can have below 500 KB; only pushes, which it does not need, are larger.</value>
    [Range(65_536, 26_214_400)]
    public int MaxWebhookBytes { get; set; } = 1_048_576;

    /// <summary>How long a delivery is known after it came, in days.</summary>
    /// <value>Default 7; 7 to 365. GitHub sends a delivery again for 3 days, whenever somebody asks it to.</value>
    [Range(7, 365)]
    public int KeepDeliveriesDays { get; set; } = 7;

    /// <summary>What is wrong with the settings, each by the name under which it is set.</summary>
    internal IEnumerable<string> WhyNot()
    {
        if (WebhookSecret is { Length: > 0 } secret && WebhookSignature.WhyNotSecret(secret) is { } fault)
            yield return $"{SettingsReader.NameOf("GitHub:WebhookSecret")} {fault}";
    }
}
