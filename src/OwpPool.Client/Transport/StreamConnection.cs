using System.Net.ServerSentEvents;

namespace OwpPool.Client.Transport;

/// <summary>One connection of a stream, until it is lost.</summary>
internal sealed class StreamConnection : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly SseParser<byte[]> _parser;
    private readonly IAsyncEnumerator<SseItem<byte[]>> _items;

    private StreamConnection(HttpResponseMessage response, Stream body, CancellationToken ct)
    {
        _response = response;
        _parser = SseParser.Create(body, static (_, data) => data.ToArray());
        _items = _parser.EnumerateAsync(ct).GetAsyncEnumerator(ct);
    }

    /// <summary>The id of the last event that was handed out; null = none has one.</summary>
    /// <remarks>Taken when a whole event is there: one whose id has arrived and whose data has not is still to come.</remarks>
    public string? LastId { get; private set; }

    /// <summary>The pause before coming back that the server asks for; null = it did not say.</summary>
    public TimeSpan? Retry => _parser.ReconnectionInterval is var pause && pause > TimeSpan.Zero ? pause : null;

    public StreamBlock Current => new(_items.Current.EventType, _items.Current.Data);

    public static async Task<StreamConnection> OpenAsync(
        HttpResponseMessage response, TimeSpan patience, TimeProvider time, CancellationToken ct)
    {
        var body = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        return new StreamConnection(response, new PatientStream(body, patience, time), ct);
    }

    /// <returns>False when the connection is over, whole or broken.</returns>
    public async Task<bool> MoveNextAsync()
    {
        try
        {
            if (!await _items.MoveNextAsync().ConfigureAwait(false)) return false;
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException)
        {
            return false;
        }
        if (_items.Current.EventId is { Length: > 0 } id) LastId = id;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync().ConfigureAwait(false);
        _response.Dispose();
    }
}
