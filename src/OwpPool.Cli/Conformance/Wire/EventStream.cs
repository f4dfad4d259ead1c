using System.Net.ServerSentEvents;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>An event of a stream.</summary>
internal sealed record StreamedEvent(string? Id, string Type, string Data);

/// <summary>A stream of server-sent events, or the answer that came in its place.</summary>
internal sealed class EventStream(HttpResponseMessage? response, WireAnswer answer, TimeSpan patience) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private IAsyncEnumerator<SseItem<string>>? _items;

    /// <summary>Status and headers; the body of a stream is not in it.</summary>
    public WireAnswer Answer => answer;

    /// <summary>The next event that the condition holds for.</summary>
    /// <exception cref="CheckFailedException">None came in time, or the stream ended.</exception>
    public async Task<StreamedEvent> NextAsync(Func<StreamedEvent, bool> condition, string expected, CancellationToken ct)
    {
        answer.Is(200);
        answer.Must(response is not null, "Content-Type: text/event-stream");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, _end.Token);
        limit.CancelAfter(patience);
        try
        {
            _items ??= SseParser.Create(await response!.Content.ReadAsStreamAsync(limit.Token)).EnumerateAsync(_end.Token)
                .GetAsyncEnumerator(_end.Token);
            while (await _items.MoveNextAsync().AsTask().WaitAsync(limit.Token))
            {
                var item = new StreamedEvent(_items.Current.EventId, _items.Current.EventType, _items.Current.Data);
                if (condition(item)) return item;
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new CheckFailedException(answer.Sent, expected, $"nothing of the kind within {patience.TotalSeconds:0.#} s");
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException)
        {
            throw new CheckFailedException(answer.Sent, expected, $"the stream broke: {lost.Message}");
        }
        throw new CheckFailedException(answer.Sent, expected, "the end of the stream");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        response?.Dispose();
        _end.Dispose();
    }
}
