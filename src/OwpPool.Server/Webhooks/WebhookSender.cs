using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Health;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Server.Webhooks;

/// <summary>How a try to deliver ended.</summary>
/// <param name="Failure">Why it was not taken; null = it was.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
public readonly record struct DeliveryOutcome(string? Failure, TimeSpan? RetryAfter = null);

/// <summary>Sends one delivery, once. Follows no redirect, uses no proxy, reads little of the answer.</summary>
public sealed class WebhookSender : IDisposable
{
    /// <summary>Header with the signature.</summary>
    public const string SignatureHeader = "X-Owp-Signature";

    /// <summary>Header with the delivery's id: the same whenever it is sent again.</summary>
    public const string DeliveryHeader = "X-Owp-Delivery";

    /// <summary>Header with the event's type.</summary>
    public const string EventHeader = "X-Owp-Event";

    private const int MaxAnswerBytes = 64 * 1024;
    private const int MarkBytes = 5;

    private readonly WebhookSecrets _secrets;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    /// <summary>A sender with connections of its own.</summary>
    public WebhookSender(WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider clock)
    {
        (_secrets, _options, _clock) = (secrets, options.Value, clock);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = 16,
            // So that an address that was checked long ago is not used for ever.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = (context, token) => WebhookTarget.ConnectAsync(context.DnsEndPoint, _options.AllowPrivateAddresses, token),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a delivery.</summary>
    public async Task<DeliveryOutcome> SendAsync(Webhook hook, long seq, string type, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = RequestFor(hook, seq, type, body);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            await DrainAsync(answer, both.Token);
            return answer.IsSuccessStatusCode
                ? new DeliveryOutcome(null)
                : new DeliveryOutcome(string.Create(CultureInfo.InvariantCulture, $"The receiver answered {(int)answer.StatusCode}."),
                    RetryAfterOf(answer));
        }
        catch (CryptographicException)
        {
            return new DeliveryOutcome("The secret cannot be opened: its key is not the one it was sealed under. Rotate the secret.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
        {
            return new DeliveryOutcome(Describe(fault));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DeliveryOutcome("The receiver did not answer in time.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestFor(Webhook hook, long seq, string type, ReadOnlyMemory<byte> body)
    {
        var now = _clock.Now();
        var secrets = new List<string> { _secrets.Open(hook.HookId, hook.SealedSecret) };
        if (hook.OldSealedSecret is { } old && now < hook.OldSecretUntil
            && _secrets.TryOpen(hook.HookId, old) is { } secret)
            secrets.Add(secret);
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", $"OwpPool/{HealthEndpoints.Version}");
        request.Headers.TryAddWithoutValidation(SignatureHeader, WebhookSecrets.Sign(secrets, now, body.Span));
        request.Headers.TryAddWithoutValidation(DeliveryHeader, DeliveryIdOf(hook, seq, body));
        request.Headers.TryAddWithoutValidation(EventHeader, type);
        return request;
    }

    /// <summary>The same whenever the delivery is repeated, and another for another event: numbers are given again after a backup was put
    /// back, and a receiver that drops what it has seen must not drop that.</summary>
    private static string DeliveryIdOf(Webhook hook, long seq, ReadOnlyMemory<byte> body) => string.Create(CultureInfo.InvariantCulture,
        $"{hook.HookId}.{seq}-{Convert.ToHexStringLower(SHA256.HashData(body.Span).AsSpan(0, MarkBytes))}");

    /// <summary>Reads a short answer, so that the connection can be used again; of a long one no more.</summary>
    private static async Task DrainAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[4096];
        var total = 0;
        int read;
        while (total < MaxAnswerBytes && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0) total += read;
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter;
        return after?.Delta ?? (after?.Date is { } date && date > _clock.GetUtcNow() ? date - _clock.GetUtcNow() : null);
    }

    private static string Describe(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
            if (cause is WebhookTargetException) return cause.Message;
        return fault is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
            ? "No secure connection to the receiver could be made."
            : "The receiver could not be reached.";
    }
}
