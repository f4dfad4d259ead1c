using System.Buffers;
using OwpPool.Core.Workers;

namespace OwpPool.Server.Events;

/// <summary>A live stream to one client: sends what there is as it comes, a comment every 15 seconds, and ends when the client leaves, its
/// token is revoked, the source ends or the server stops.</summary>
/// <remarks>Holds one chunk and the connection's own send buffer (64 KiB) at most: the next chunk is asked for when the client has accepted
/// the last. Written by one task, so frames never mix.</remarks>
public sealed partial class StreamResult(
    LiveStreams streams, string kind, StreamPlace place, Func<CancellationToken, IAsyncEnumerable<StreamChunk>> source) : IResult
{
    /// <summary>How often a client hears that the stream lives.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>When a client comes back after a stream ended.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TokenOverlap = WorkerLifecycle.TokenOverlap + TimeSpan.FromSeconds(1);

    /// <summary>Least time between two looks whether the caller may go on.</summary>
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(1);

    private ResumePoint? _place;

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var taken = place;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, streams.Stopping);
        SetHeaders(httpContext.Response);
        if (HttpMethods.IsHead(httpContext.Request.Method)) return;
        Task<bool>? next = null;
        var chunks = source(stop.Token).GetAsyncEnumerator(stop.Token);
        try
        {
            httpContext.Response.BodyWriter.Write(SseFrame.Retry(Retry));
            if (!await SendAsync(httpContext)) return;
            var heartbeat = Task.Delay(Heartbeat, streams.Clock, stop.Token);
            var doubt = DoubtAsync(isFirst: true, mayBeOld: true, stop.Token);
            while (true)
            {
                next ??= chunks.MoveNextAsync().AsTask();
                await Task.WhenAny(next, heartbeat, doubt);
                if (doubt.IsCompleted)
                {
                    // The next doubt is listened for before the look, so none is missed.
                    doubt = DoubtAsync(isFirst: false, mayBeOld: await doubt, stop.Token);
                    if (!await streams.MayGoOnAsync(place.Caller)) return;
                }
                if (next.IsCompleted)
                {
                    if (!await next) return;
                    next = null;
                    Write(httpContext, chunks.Current);
                }
                if (heartbeat.IsCompleted)
                {
                    await heartbeat;
                    httpContext.Response.BodyWriter.Write(SseFrame.Comment("still here", _place));
                    heartbeat = Task.Delay(Heartbeat, streams.Clock, stop.Token);
                }
                if (!await SendAsync(httpContext)) return;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || streams.Stopping.IsCancellationRequested)
        {
            // The client has left, or the server stops, which what all wait for together may hear first: this is the stream's end.
        }
        finally
        {
            await stop.CancelAsync();
            if (next is not null) await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await chunks.DisposeAsync();
        }
    }

    /// <summary>Completes when the caller's token may have been revoked: something about the worker has changed, or so much time has
    /// passed since that or since the stream began that a token which was replaced then is good no longer.</summary>
    /// <param name="isFirst">No look was just taken. After one the next waits a moment, however fast a worker changes.</param>
    /// <param name="mayBeOld">Whether the token may have been replaced a short time ago.</param>
    /// <param name="stop">The stream ends.</param>
    /// <returns>Whether something has changed.</returns>
    private async Task<bool> DoubtAsync(bool isFirst, bool mayBeOld, CancellationToken stop)
    {
        var doubted = place.Doubted;
        if (!isFirst) await Task.Delay(LookPause, streams.Clock, stop);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var wait = mayBeOld && place.Caller is not null ? TokenOverlap : Timeout.InfiniteTimeSpan;
        var first = await Task.WhenAny(doubted, Task.Delay(wait, streams.Clock, over.Token));
        await over.CancelAsync();
        return first == doubted;
    }

    private static void SetHeaders(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = SseFrame.MediaType;
        // A proxy that compressed the stream would hold it back until its buffer is full.
        response.Headers.CacheControl = "no-store, no-transform";
        // nginx's kind holds back what it only passes on, too.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    private void Write(HttpContext http, StreamChunk chunk)
    {
        var events = 0;
        foreach (var frame in chunk.Frames)
        {
            http.Response.BodyWriter.Write(frame.Span);
            if (!SseFrame.IsComment(frame.Span)) events++;
        }
        if (events > 0) streams.Instruments.Sent(kind, events);
        _place = chunk.Place;
    }

    /// <returns>False if the client does not take what it is sent; it was cut off.</returns>
    private async Task<bool> SendAsync(HttpContext http)
    {
        var flush = http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        if (flush.IsCompletedSuccessfully) return !flush.Result.IsCompleted;
        try
        {
            return !(await flush.AsTask().WaitAsync(streams.SendLimit, streams.Clock, http.RequestAborted)).IsCompleted;
        }
        catch (TimeoutException)
        {
            streams.Instruments.CutOff(kind);
            LogTooSlow(streams.Logger, kind, streams.SendLimit.TotalSeconds);
            http.Abort();
            return false;
        }
    }

    [LoggerMessage(EventId = 501, Level = LogLevel.Information,
        Message = "A client of the stream {Kind} took nothing for {Seconds} s and was cut off; it can resume.")]
    private static partial void LogTooSlow(ILogger logger, string kind, double seconds);
}
