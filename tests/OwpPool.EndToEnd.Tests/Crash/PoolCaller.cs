using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>Sends what clients ask through all lives of the server, and writes down what became of it.</summary>
internal sealed class PoolCaller(Uri address, History history, CancellationToken stop) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Without a body a request might be sent again inside, unseen; every POST here has one.
    private readonly HttpClient _client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
    private readonly Lock _gate = new();
    private Task _knocking = Task.CompletedTask;

    public History History => history;

    public CancellationToken Stop => stop;

    public void Dispose() => _client.Dispose();

    /// <summary>Sends until there is an answer, or, where a repeat would be a second request, until it may have arrived.</summary>
    /// <param name="operation">What is asked; its outcome is set.</param>
    /// <param name="token">The worker's token; null = the admin's.</param>
    /// <param name="path">Of the endpoint.</param>
    /// <param name="body">JSON; null = GET.</param>
    /// <param name="repeats">Whether the server knows a repeat as one: by key, by external id, or because twice is as good as once.</param>
    /// <returns>What was acknowledged; null for a refusal and an unknown outcome.</returns>
    public async Task<JsonNode?> SendAsync(Operation operation, string? token, string path, object? body, bool repeats)
    {
        operation.InvokedAt = DateTimeOffset.UtcNow;
        JsonNode? accepted = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (await TryAsync(operation, token, path, body) is not { } answer)
                {
                    if (operation.Sends > 0 && !repeats) break;
                    await ListeningAsync();
                    continue;
                }
                if (IsTemporary(operation, answer))
                {
                    if (!repeats) break;
                    await Task.Delay(Pause, stop);
                    continue;
                }
                accepted = Judge(operation, answer);
                break;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            operation.Outcome = OperationOutcome.Unknown;
        }
        return accepted;
    }

    /// <summary>Returns when somebody listens. One knocks for all callers: each failed connection takes CPU that the starting server needs.
    /// </summary>
    private Task ListeningAsync()
    {
        lock (_gate) return _knocking = _knocking.IsCompleted ? KnockAsync() : _knocking;
    }

    private async Task KnockAsync()
    {
        do await Task.Delay(Pause, stop);
        while (!await IsListeningAsync());
    }

    private async Task<bool> IsListeningAsync()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, stop);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <returns>Status and text, or null where there is no answer: then the server may have done it, or is not there at all.</returns>
    private async Task<(HttpStatusCode Status, string Text)?> TryAsync(Operation operation, string? token, string path, object? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (body is not null) request.Content = JsonContent.Create(body);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (operation.Kind is not OperationKind.Register) request.Headers.Add("X-Admin-Token", ServerProcess.AdminToken);
        if (operation.Key is { } key) request.Headers.Add("Idempotency-Key", key);
        operation.Sends++;
        try
        {
            using var answer = await _client.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable)
            {
                history.MetOutage();
                if (answer.Headers.RetryAfter is null || !text.Contains("\"unavailable\"", StringComparison.Ordinal))
                    history.Violated($"{operation} was answered 503 in another form than promised: {text}");
            }
            return (answer.StatusCode, text);
        }
        catch (HttpRequestException refused) when (refused.HttpRequestError is HttpRequestError.ConnectionError)
        {
            // Nobody listens: this send cannot have had an effect.
            operation.Sends--;
            return null;
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or SocketException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The client's own patience.
            return null;
        }
    }

    /// <summary>Whether the answer says to ask again: it is no outcome yet.</summary>
    private static bool IsTemporary(Operation operation, (HttpStatusCode Status, string Text) answer)
    {
        operation.Status = (int)answer.Status;
        return answer.Status is HttpStatusCode.ServiceUnavailable
            || (answer.Status is HttpStatusCode.Conflict && answer.Text.Contains("\"still_running\"", StringComparison.Ordinal));
    }

    private JsonNode? Judge(Operation operation, (HttpStatusCode Status, string Text) answer)
    {
        // What a claim is answered is what its leases are by then; the checker holds it to that.
        if (operation is { Key: { } key, Kind: not OperationKind.KeyedClaim }) history.AnsweredKey(operation.Actor, key, $"{(int)answer.Status} {answer.Text}");
        JsonNode? json = null;
        try
        {
            json = JsonNode.Parse(answer.Text);
        }
        catch (JsonException)
        {
            history.Violated($"{operation} was answered no JSON: {answer.Text}");
        }
        if ((int)answer.Status is >= 200 and < 300)
        {
            operation.Outcome = OperationOutcome.Ok;
            operation.Leases = LeasesOf(operation, json);
            operation.TookWork = operation.AsksForWork && (int?)json?["retry_after_seconds"] == 0;
            return json;
        }
        operation.Outcome = OperationOutcome.Refused;
        operation.Reason = (string?)json?["details"]?["reason"] ?? (string?)json?["error"];
        if ((int)answer.Status is not (400 or 401 or 403 or 404 or 409) || operation.Reason is null)
            history.Violated($"{operation} was answered {answer.Text}");
        return null;
    }

    private static List<ToldLease> LeasesOf(Operation operation, JsonNode? json)
    {
        var told = new List<ToldLease>();
        if (operation.Kind is OperationKind.Renew)
            told.Add(new ToldLease(operation.Target!, operation.LeaseId!, Instant(json!["lease_expires_at"]!)));
        foreach (var lease in json?["leases"] as JsonArray ?? [])
        {
            told.Add(new ToldLease((string)lease!["task_id"]!, (string)lease["lease_id"]!, Instant(lease["lease_expires_at"]!),
                (long?)lease["fencing_token"], (string?)lease["status"]));
        }
        return told;
    }

    private static DateTimeOffset Instant(JsonNode node) => DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture);
}
