using System.Globalization;
using System.Runtime.CompilerServices;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.Events;

/// <summary>The event log as a live stream.</summary>
/// <remarks>For admins: events name other workers, their pull requests and maintainers' reasons. A worker learns what concerns it from its
/// heartbeats.</remarks>
public sealed class EventEndpoints(EventFeed feed, EventFrames frames, LiveStreams streams)
{
    /// <summary>Topics of one stream at most.</summary>
    public const int MaxTopics = 32;

    private const int MaxTopicLength = 64;

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<EventEndpoints>();
        routes.MapGet("/v1/events", (Delegate)endpoints.FollowAsync)
            .Allow(AccessRule.Admin)
            .Describe("followEvents", "Events", "Follow what happens",
                "Server-sent events, each change of the pool once and in order. Without an id the stream begins with what happens next; " +
                "with Last-Event-ID, or after, it goes on behind that event, across restarts of the server. An event 'reset' says that " +
                "events after the id are no longer kept, or that the database is another one or an older backup; the stream then goes on " +
                "with the oldest kept. Ids are to be sent back as they came. A comment comes every 15 seconds. A client too slow is cut off and can resume.")
            .TakesQuery(
                "topics", "Types of events, or their first words, separated by commas: task, task.merged, worker, repo. Default all.",
                MaxTopics * (MaxTopicLength + 1))
            .TakesQuery("repo", "Only events of this repo.", Names.MaxRepoKeyLength)
            .TakesQuery("target", "Only events about this task, worker or repo.", Names.MaxRepoKeyLength)
            .ResumesStreams()
            .Produces<EventMessage>(StatusCodes.Status200OK, SseFrame.MediaType)
            .Fails(ProblemKind.ValidationError);
    }

    private async Task<IResult> FollowAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        var filter = new EventFilter
        {
            Topics = Topics(query),
            Repo = query.Text("repo", Names.MaxRepoKeyLength, static text => Names.IsRepoKey(text) ? null : "must be a repo's key"),
            Target = TargetOf(query.Text("target", Names.MaxRepoKeyLength, static text => Names.IsRepoKey(text) ? null : "must be an id")),
        };
        var after = StreamPosition.Read(query, http.Request.Headers);
        if (query.Problem is { } problem) return problem;
        // Before the answer begins: a log that cannot be read is a 503, not a stream that breaks.
        var extent = await feed.ReadExtentAsync(http.RequestAborted);
        var mark = after is { } at ? await feed.ReadMarkAsync(at.Seq, http.RequestAborted) : null;
        var reset = after is { } place ? WhyReset(place, extent, mark) : null;
        var seq = reset is null ? after?.Seq ?? feed.LatestSeq : extent.Oldest - 1;
        var start = new ResumePoint(seq, seq == after?.Seq ? mark : await feed.ReadMarkAsync(seq, http.RequestAborted));
        return streams.Open("events", null, stop => StreamAsync(start, filter, reset, stop));
    }

    private async IAsyncEnumerable<StreamChunk> StreamAsync(
        ResumePoint start, EventFilter filter, ResetMessage? reset, [EnumeratorCancellation] CancellationToken stop)
    {
        // The id at once: who is cut off before the first event comes back to this place.
        if (reset is not null) yield return new StreamChunk(SseFrame.Of("reset", reset, Wire.Json.ResetMessage, start), start);
        else yield return new StreamChunk(SseFrame.Comment("listening", start), start);
        var mark = start.Mark;
        await foreach (var page in feed.FollowPagesAsync(start.Seq, filter, stop))
        {
            if (page.Last is { } last) mark = last.Mark;
            var sent = new ReadOnlyMemory<byte>[page.Events.Count];
            for (var i = 0; i < sent.Length; i++) sent[i] = frames.Of(page.Events[i]);
            yield return new StreamChunk(sent, new ResumePoint(page.UpTo, mark));
        }
    }

    /// <summary>0 is no event: who asks for everything after it wants what there is, and has missed nothing that it knew of.</summary>
    private static ResetMessage? WhyReset(ResumePoint place, EventExtent extent, string? mark)
    {
        var isKept = place.Seq == 0 || place.Seq >= extent.Oldest - 1;
        if (place.Seq <= extent.Latest && isKept && (place.Seq == 0 || place.MayBe(mark))) return null;
        return new ResetMessage
        {
            Reason = place.Seq <= extent.Latest && !isKept ? "removed" : "unknown",
            LastEventId = place.Seq,
            OldestSeq = extent.Oldest,
            LatestSeq = extent.Latest,
        };
    }

    private static string[] Topics(QueryFields query)
    {
        var text = query.Text("topics", MaxTopics * (MaxTopicLength + 1), static text => text.Split(',') is var topics
            && topics.Length <= MaxTopics && Array.TrueForAll(topics, IsTopic)
                ? null
                : string.Create(CultureInfo.InvariantCulture,
                    $"must be at most {MaxTopics} types of events or prefixes of types, comma-separated, such as task,worker.registered"));
        return text is null ? [] : [.. text.Split(',').Distinct(StringComparer.Ordinal)];
    }

    /// <summary>One or two words of lower-case letters and underscores.</summary>
    private static bool IsTopic(string topic)
    {
        var words = topic.Split('.');
        return topic.Length <= MaxTopicLength && words.Length <= 2
            && Array.TrueForAll(words, static word => word.Length > 0 && word.All(static letter => letter is >= 'a' and <= 'z' or '_'));
    }

    /// <summary>Ids are compared as they are, keys of repos in lower case.</summary>
    private static string? TargetOf(string? text) =>
        text is null || (text.Length > 1 && text[1] == '_') ? text : Names.CanonicalRepo(text);
}
