using System.CommandLine;
using System.Globalization;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Events;

/// <summary><c>owp events</c>: what happened lately, and with <c>--follow</c> what happens.</summary>
internal static class EventsCommand
{
    private const int UsualLimit = 20;

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Stream new events until Ctrl-C." };

    private static readonly Option<string[]> Topics = new("--topics")
    {
        Description = "With --follow: comma-separated types or prefixes of types, such as task,worker.registered.",
        HelpName = "a,b",
    };

    private static readonly Option<string?> Repo = new("--repo", "-R") { Description = "Of this repo.", HelpName = "owner/name" };
    private static readonly Option<string?> Target = new("--target") { Description = "About this task, worker or repo.", HelpName = "id" };
    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);
    private static readonly Option<string?> After = new("--after")
    {
        Description = "With --follow: start after the event of this id (resume_id in --json) or number; 0 = the oldest kept.",
        HelpName = "id",
    };

    private static readonly Column<PoolEvent>[] Columns =
    [
        new("seq", past => past.Seq),
        new("when", past => past.Timestamp),
        new("what", past => past.EventType),
        new("who", past => past.Actor),
        new("of", past => past.Target),
        new("repo", past => past.Repo),
        new("resume_id", past => past.ResumeId),
    ];

    public static Command Create() => new Command("events", "Show recent events; --follow streams new ones.")
    {
        Follow, Topics, Repo, Target, After, Limit, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var isFollowing = invocation.Get(Follow);
        if (!isFollowing && (invocation.Has(Topics) || invocation.Has(After)))
            throw new UsageException("--topics and --after go with --follow; 'owp audit list' searches what happened.");
        var write = invocation.Answer.LineByLine(PoolWire.TypeOf<PoolEvent>(), Show, Columns);
        using var admin = AdminConnection.Open(invocation);
        var target = await Lookup.SubjectAsync(admin, invocation.Get(Target), ct);
        if (isFollowing) return await Following.UntilStoppedAsync(admin.FollowEventsAsync(QueryOf(invocation, target), ct), write, ct);
        var query = new AuditQuery { Repo = invocation.Get(Repo), Target = target };
        var limit = invocation.Get(Limit) ?? UsualLimit;
        var latest = await admin.ListAuditAsync(query, Taking.PageSize(limit), ct).Take(limit).ToListAsync(ct);
        foreach (var past in Enumerable.Reverse(latest)) write(ToEvent(past));
        if (latest.Count == 0) invocation.Say("No events.");
        return ExitCodes.Done;
    }

    private static EventQuery QueryOf(Invocation invocation, string? target) => new()
    {
        Topics = Words.Of(invocation.Get(Topics)),
        Repo = invocation.Get(Repo),
        Target = target,
        After = invocation.Get(After),
        OnReset = reset => invocation.Warn($"the event to resume after is gone (events pruned, or database replaced); going on with event {reset.OldestSeq}."),
    };

    private static PoolEvent ToEvent(AuditEvent past) => new(
        SeqOf(past.Id), past.Timestamp, past.EventType, past.Actor, past.Target, past.Repo,
        past.Details);

    private static long SeqOf(string id) =>
        id.StartsWith("e_", StringComparison.Ordinal) && long.TryParse(id.AsSpan(2), CultureInfo.InvariantCulture, out var seq)
            ? seq
            : throw new HttpRequestException(HttpRequestError.InvalidResponse, $"'{id}' is not the id of an event.");

    private static string Show(PoolEvent past) => string.Create(CultureInfo.InvariantCulture,
        $"{past.Timestamp.ToLocalTime():MMM dd HH:mm:ss}  {past.EventType,-20}  {ShortIds.OfAny(past.Target),-12}  by {ShortIds.OfAny(past.Actor),-12}"
        + $"  {(past.Repo == past.Target ? "" : past.Repo)}").TrimEnd();
}
