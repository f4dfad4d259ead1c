using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Health;
using Polly;
using Polly.Retry;

namespace OwpPool.Server.GitHub.Api;

/// <summary>Requests to GitHub's API: one at a time for each repo, as GitHub asks, repeated where that cannot do anything twice, and none
/// while it wants to be left alone. The token goes to the API's own host only, and into no message.</summary>
public sealed class GitHubTransport : IDisposable
{
    private const int MaxRedirects = 3;
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private readonly GitHubOptions _options;
    private readonly TimeProvider _clock;
    private readonly Uri _base;
    private readonly HttpClient _http;
    private readonly RateGate _gate;
    private readonly AnswerCache _cache = new();
    private readonly ResiliencePipeline _retries;
    private readonly RepoTurns _turns = new();
    private readonly Lock _writes = new();
    private DateTimeOffset _nextWriteAt;

    /// <summary>A transport with connections of its own.</summary>
    public GitHubTransport(IOptions<GitHubOptions> options, TimeProvider clock)
    {
        (_options, _clock, _gate) = (options.Value, clock, new RateGate(clock));
        _base = new Uri(_options.ApiUrl.TrimEnd('/') + "/");
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
        var retries = new ResiliencePipelineBuilder { TimeProvider = clock };
        if (_options.Retries > 0)
        {
            retries.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static outcome =>
                    ValueTask.FromResult(outcome.Outcome.Exception is GitHubException { Fault: GitHubFault.Unavailable }),
                MaxRetryAttempts = _options.Retries,
                Delay = TimeSpan.FromMilliseconds(_options.RetryDelayMilliseconds),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }
        _retries = retries.Build();
    }

    /// <summary>Whether the pool may speak in somebody's name.</summary>
    public bool HasToken => _options.Token is { Length: > 0 };

    /// <summary>Reads; an answer that has not changed costs GitHub's limit nothing.</summary>
    /// <param name="path">Relative to the API's address, or absolute on its host: what a <c>Link</c> said.</param>
    /// <param name="mayFollow">Whether a renamed repository may be read under its new name; else that is a fault.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="GitHubException">There is no answer.</exception>
    public Task<GitHubAnswer> GetAsync(string path, bool mayFollow, CancellationToken cancellationToken) => _turns.InTurnAsync(
        path, () => RepeatAsync(token => TryAsync(HttpMethod.Get, path, null, mayFollow, token), cancellationToken), cancellationToken);

    /// <summary>Changes something, where it is addressed and nowhere else.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="path">As in <see cref="GetAsync"/>.</param>
    /// <param name="body">Null = none.</param>
    /// <param name="isRepeatable">Whether doing it twice is doing it once.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="GitHubException">It was not done, or nobody knows.</exception>
    public Task<GitHubAnswer> SendAsync(
        HttpMethod method, string path, JsonNode? body, bool isRepeatable, CancellationToken cancellationToken)
    {
        return _turns.InTurnAsync(path, () => isRepeatable ? RepeatAsync(WriteAsync, cancellationToken) : WriteAsync(cancellationToken),
            cancellationToken);

        async Task<GitHubAnswer> WriteAsync(CancellationToken token)
        {
            if (WaitToWrite() is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, _clock, token);
            return await TryAsync(method, path, body, mayFollow: false, token);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _http.Dispose();
        _turns.Dispose();
    }

    /// <summary>Takes the next place among all writes. It is taken before the write, so that one that hangs keeps no other waiting.
    /// </summary>
    private TimeSpan WaitToWrite()
    {
        lock (_writes)
        {
            var now = _clock.GetUtcNow();
            var at = _nextWriteAt > now ? _nextWriteAt : now;
            _nextWriteAt = at + TimeSpan.FromMilliseconds(_options.WritePauseMilliseconds);
            return at - now;
        }
    }

    private Task<GitHubAnswer> RepeatAsync(Func<CancellationToken, Task<GitHubAnswer>> call, CancellationToken cancellationToken) =>
        _retries.ExecuteAsync(async token => await call(token), cancellationToken).AsTask();

    private async Task<GitHubAnswer> TryAsync(
        HttpMethod method, string path, JsonNode? body, bool mayFollow, CancellationToken cancellationToken)
    {
        if (_gate.Wait is var wait && wait > TimeSpan.Zero) throw TooMany(wait);
        return await _turns.OneOfManyAsync(() => AskAsync(method, path, body, mayFollow, cancellationToken), cancellationToken);
    }

    private async Task<GitHubAnswer> AskAsync(
        HttpMethod method, string path, JsonNode? body, bool mayFollow, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await FollowAsync(method, AddressOf(path), body, mayFollow, both.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new GitHubException(GitHubFault.Unavailable, $"GitHub did not answer {method} {PathOf(path)}.", null, fault);
        }
    }

    private async Task<GitHubAnswer> FollowAsync(
        HttpMethod method, Uri address, JsonNode? body, bool mayFollow, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = RequestFor(method, address, body);
            var known = method == HttpMethod.Get ? _cache.Find(address) : null;
            if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known.ETag);
            using var answer = await _http.SendAsync(request, cancellationToken);
            if ((int)answer.StatusCode is 301 or 302 or 307 or 308 && answer.Headers.Location is { } location && redirects < MaxRedirects)
            {
                if (!mayFollow) throw new GitHubException(GitHubFault.Moved, $"GitHub says that {address.AbsolutePath} is elsewhere now.");
                // A repository that was renamed. To another host the token must not go.
                address = AddressOf(new Uri(address, location).AbsoluteUri);
                continue;
            }
            if (answer.StatusCode is HttpStatusCode.NotModified && known is not null)
            {
                _gate.Learn(answer, isAboutLimits: false);
                return known.Answer;
            }
            return await ReadAsync(answer, address, cancellationToken);
        }
    }

    private async Task<GitHubAnswer> ReadAsync(HttpResponseMessage answer, Uri address, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        var isAboutLimits = !answer.IsSuccessStatusCode
            && Encoding.UTF8.GetString(text).Contains("rate limit", StringComparison.OrdinalIgnoreCase);
        if (_gate.Learn(answer, isAboutLimits)) throw TooMany(_gate.Wait);
        if (!answer.IsSuccessStatusCode) throw Refusal(answer, address);
        using var document = text.Length == 0 ? null : JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
        var read = new GitHubAnswer(document?.RootElement.Clone() ?? default, NextOf(answer));
        // A page of a list may stay as it is while another comes behind it, so only what is whole is kept.
        if (answer.RequestMessage?.Method == HttpMethod.Get && answer.Headers.ETag is { } tag && read.Next is null && !IsPage(address))
            _cache.Keep(address, new CachedAnswer(tag.ToString(), read, text.Length));
        return read;
    }

    private HttpRequestMessage RequestFor(HttpMethod method, Uri address, JsonNode? body)
    {
        var request = new HttpRequestMessage(method, address);
        if (HasToken) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        request.Headers.TryAddWithoutValidation("User-Agent", $"OwpPool/{HealthEndpoints.Version}");
        request.Headers.TryAddWithoutValidation("Accept", "application/vnd.github+json");
        request.Headers.TryAddWithoutValidation("X-GitHub-Api-Version", "2022-11-28");
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return request;
    }

    private Uri AddressOf(string path)
    {
        var address = new Uri(_base, path);
        return address.Scheme == _base.Scheme && address.Authority == _base.Authority
            ? address
            : throw new GitHubException(GitHubFault.Refused, "GitHub named an address that is not its own.");
    }

    private static string? NextOf(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Link", out var links)) return null;
        foreach (var link in links.SelectMany(static line => line.Split(',')))
        {
            var parts = link.Split(';', StringSplitOptions.TrimEntries);
            if (parts is [['<', .. var address, '>'], ..] && parts.Contains("rel=\"next\"")) return address;
        }
        return null;
    }

    private static bool IsPage(Uri address) => address.Query.Contains("&page=", StringComparison.Ordinal);

    private static GitHubException TooMany(TimeSpan wait) =>
        new(GitHubFault.RateLimited, "GitHub takes no more requests for now.", wait);

    private static GitHubException Refusal(HttpResponseMessage answer, Uri address)
    {
        var fault = (int)answer.StatusCode switch
        {
            401 or 403 => GitHubFault.Denied,
            404 or 451 => GitHubFault.NotFound,
            410 => GitHubFault.Gone,
            408 or >= 500 => GitHubFault.Unavailable,
            _ => GitHubFault.Refused,
        };
        return new GitHubException(fault,
            $"GitHub answered {(int)answer.StatusCode} to {answer.RequestMessage?.Method} {address.AbsolutePath}.");
    }

    private string PathOf(string path) => new Uri(_base, path).AbsolutePath;
}
