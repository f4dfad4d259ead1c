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

    /// <summary>The token in whose name the pool asks GitHub; also <c>GITHUB_TOKEN</c>.</summary>
    /// <value>Default none: only what anybody may read, and little of it; nothing is written or reconciled.</value>
    public string? Token { get; set; }

    /// <summary>Address of GitHub's REST API.</summary>
    /// <value>Default https://api.github.com; GitHub Enterprise has https://HOST/api/v3. Plain http only on this machine.</value>
    [Required]
    public string ApiUrl { get; set; } = "https://api.github.com";

    /// <summary>How long GitHub may take to answer, in seconds.</summary>
    /// <value>Default 10; 1 to 120.</value>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>How often a request is repeated that had no answer.</summary>
    /// <value>Default 3; 0 to 10. What must not be done twice is not repeated.</value>
    [Range(0, 10)]
    public int Retries { get; set; } = 3;

    /// <summary>Rest before the first repeat, in milliseconds; each further one is about twice as long.</summary>
    /// <value>Default 500; 1 to 60,000.</value>
    [Range(1, 60_000)]
    public int RetryDelayMilliseconds { get; set; } = 500;

    /// <summary>Rest between two requests that change something, in milliseconds.</summary>
    /// <value>Default 1,000, as GitHub asks; 0 to 60,000.</value>
    [Range(0, 60_000)]
    public int WritePauseMilliseconds { get; set; } = 1_000;

    /// <summary>How often open pull requests are compared with GitHub, in seconds: a delivery that was lost costs at most that.</summary>
    /// <value>Default 600; 10 to 86,400.</value>
    [Range(10, 86_400)]
    public int ReconcileSeconds { get; set; } = 600;

    /// <summary>What is wrong with the settings, each by the name under which it is set.</summary>
    internal IEnumerable<string> WhyNot()
    {
        if (WebhookSecret is { Length: > 0 } secret && WebhookSignature.WhyNotSecret(secret) is { } fault)
            yield return $"{SettingsReader.NameOf("GitHub:WebhookSecret")} {fault}";
        if (!IsApiUrl(ApiUrl))
        {
            yield return SettingsReader.NameOf("GitHub:ApiUrl") +
                " must be an https address, without a query or a user; http only on this machine";
        }
        // A line break would end the header that carries it.
        if (Token is { } token && token.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
            yield return $"{SettingsReader.NameOf("GitHub:Token")} must be visible ASCII characters";
    }

    private static bool IsApiUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback));
}
