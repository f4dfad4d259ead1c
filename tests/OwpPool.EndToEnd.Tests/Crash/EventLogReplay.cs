using System.Globalization;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>Reads a database's log from its first event to its last, and names whatever the lease protocol forbids: a task with two
/// holders, a token that does not grow, a step that is not legal, a budget exceeded, an area held twice, a change by somebody who did not
/// hold the task, and a state that is not the sum of its events.</summary>
/// <remarks>Knows the protocol's page and nothing of the server's code, so that one cannot err with the other.</remarks>
internal sealed partial class EventLogReplay
{
    private readonly DatabaseImage _image;
    private readonly TimeSpan _leaseTtl;
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, string?> _areas;

    /// <param name="image">The whole log and the states that it must lead to.</param>
    /// <param name="leaseTtl">Of every grant: the log does not say where a lease that goes on after a review ends.</param>
    public EventLogReplay(DatabaseImage image, TimeSpan leaseTtl)
    {
        _image = image;
        _leaseTtl = leaseTtl;
        _areas = image.Tasks.ToDictionary(task => task.TaskId, task => task.AreaKey, StringComparer.Ordinal);
        foreach (var logged in image.Events) Apply(logged);
        CompareStates();
    }

    /// <summary>What must not be and is.</summary>
    public IReadOnlyList<string> Violations => _violations;

    public Dictionary<string, TaskBook> Tasks { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, RepoBook> Repos { get; } = new(StringComparer.Ordinal);

    /// <summary>Grants by lease id.</summary>
    public Dictionary<string, LeaseBook> Leases { get; } = new(StringComparer.Ordinal);

    /// <summary>When a worker was registered, and then paused and resumed by an admin.</summary>
    public Dictionary<string, List<(long Seq, bool Paused)>> Workers { get; } = new(StringComparer.Ordinal);

    private void Apply(LoggedEvent logged)
    {
        switch (logged.Type.Split('.')[0])
        {
            case "task":
                ApplyToTask(logged);
                break;
            case "repo":
                ApplyToRepo(logged);
                break;
            case "worker" when logged.Type == "worker.registered":
                Require(Workers.TryAdd(logged.Target, [(logged.Seq, false)]), $"{logged}: this worker was registered before.");
                break;
            case "worker":
                ApplyToWorker(logged);
                break;
        }
    }

    private void ApplyToTask(LoggedEvent logged)
    {
        if (logged.Type == "task.created")
        {
            var made = new TaskBook(logged.Target, logged.Repo!, _areas.GetValueOrDefault(logged.Target));
            made.Add(new TaskPicture(logged.Seq, "ready", null, null, null, 0));
            Require(Tasks.TryAdd(logged.Target, made), $"{logged}: this task was created before.");
            return;
        }
        if (!Tasks.TryGetValue(logged.Target, out var book))
        {
            Fail($"{logged}: this task was never created.");
            return;
        }
        var before = book.Now;
        var after = Step(book, before, logged) with { Seq = logged.Seq };
        // A grant that did not arrive spends its token even there; the task stays where it stands.
        Require(before.Phase is not ("merged" or "cancelled") || logged.Type == "task.withdrawn" || IsTakenBack(before, logged),
            $"{logged}: {before.Phase} is final.");
        Require(logged["phase"] == after.Phase, $"{logged}: the event must lead to {after.Phase}.");
        Require(logged["phase_before"] is not { } said || said == before.Phase, $"{logged}: the task stood at {before.Phase}.");
        book.Add(after);
        Occupy(book, before, after, logged);
    }

    /// <summary>Whether a maintainer puts back what is merged. Every merge of these logs is its worker's own word (<see cref="Report"/>), which
    /// nobody has confirmed.</summary>
    private static bool IsTakenBack(TaskPicture before, LoggedEvent logged) =>
        before.Phase is "merged" && logged.Type == "task.requeued" && logged.Actor.StartsWith("admin:", StringComparison.Ordinal);

    private void ApplyToWorker(LoggedEvent logged)
    {
        if (!Workers.TryGetValue(logged.Target, out var book)) Fail($"{logged}: this worker was never registered.");
        else if (logged.Type is "worker.paused_by_admin") book.Add((logged.Seq, true));
        else if (logged.Type is "worker.resumed_by_admin") book.Add((logged.Seq, false));
    }

    private TaskPicture Step(TaskBook book, TaskPicture before, LoggedEvent logged) => logged.Type switch
    {
        "task.leased" => Grant(before, logged),
        "task.withdrawn" => Withdraw(before, logged),
        "task.lease_renewed" => Renew(before, logged),
        "task.started" or "task.blocked" or "task.pr_opened" or "task.merged" => Report(book, before, logged),
        "task.noted" => Note(before, logged),
        "task.expired" or "task.failed" or "task.worker_lost" or "task.released" or "task.dead_lettered" => End(before, logged),
        "task.requeued" or "task.revived" => before with { Phase = "ready", WorkerId = null, LeaseId = null, ExpiresAt = null },
        "task.cancelled" => before with { Phase = "cancelled", WorkerId = null, LeaseId = null, ExpiresAt = null },
        _ => Unknown(before, logged),
    };

    private TaskPicture Grant(TaskPicture before, LoggedEvent logged)
    {
        var (leaseId, token, expiresAt) = (logged["lease_id"]!, Number(logged["fencing_token"]), Instant(logged["lease_expires_at"]));
        Require(before.Phase == "ready", $"{logged}: granted while {before.WorkerId ?? "nobody"} holds it ({before.Phase}).");
        Require(token > before.Token, $"{logged}: token {token} after {before.Token}.");
        var lease = new LeaseBook(logged.Target, leaseId, logged.Actor, token, logged.Seq);
        lease.Ends.Add(expiresAt);
        Require(Leases.TryAdd(leaseId, lease), $"{logged}: the lease {leaseId} was granted before.");
        return before with { Phase = "leased", WorkerId = logged.Actor, LeaseId = leaseId, ExpiresAt = expiresAt, Token = token };
    }

    private TaskPicture Withdraw(TaskPicture before, LoggedEvent logged)
    {
        Require(!before.IsLeased, $"{logged}: spends the token of a lease that runs.");
        Require(Number(logged["fencing_token"]) > before.Token, $"{logged}: token {logged["fencing_token"]} after {before.Token}.");
        return before with { Token = Number(logged["fencing_token"]) };
    }

    private TaskPicture Renew(TaskPicture before, LoggedEvent logged)
    {
        var expiresAt = Instant(logged["lease_expires_at"]);
        Require(before.LeaseId is not null && before.LeaseId == logged["lease_id"],
            $"{logged}: renews {logged["lease_id"]}, {before.LeaseId} runs.");
        Require(before.WorkerId == logged.Actor, $"{logged}: {before.WorkerId} holds it.");
        Require(logged.At < before.ExpiresAt, $"{logged}: the lease ended at {before.ExpiresAt:o}.");
        Require(expiresAt > before.ExpiresAt, $"{logged}: from {before.ExpiresAt:o} back to {expiresAt:o}.");
        if (before.LeaseId is not null && Leases.TryGetValue(before.LeaseId, out var lease)) lease.Ends.Add(expiresAt);
        return before with { ExpiresAt = expiresAt };
    }

    private TaskPicture Report(TaskBook book, TaskPicture before, LoggedEvent logged)
    {
        var next = logged.Type switch
        {
            "task.started" => "in_progress",
            "task.blocked" => "blocked",
            "task.pr_opened" => "pr_opened",
            _ => "merged",
        };
        RequireHolder(before, logged);
        Require(Number(logged["fencing_token"]) == before.Token, $"{logged}: the token is {before.Token}.");
        Require(IsLegal(before.Phase, next), $"{logged}: {before.Phase} does not become {next}.");
        if (next is "pr_opened" or "merged") return before with { Phase = next, LeaseId = null, ExpiresAt = null };
        if (before.IsLeased) return before with { Phase = next };
        var expiresAt = logged.At + _leaseTtl;
        if (book.LastLeaseId is { } resumed && Leases.TryGetValue(resumed, out var lease)) lease.Ends.Add(expiresAt);
        return before with { Phase = next, LeaseId = book.LastLeaseId, ExpiresAt = expiresAt };
    }

    private TaskPicture Note(TaskPicture before, LoggedEvent logged)
    {
        RequireHolder(before, logged);
        return before;
    }

    private TaskPicture End(TaskPicture before, LoggedEvent logged)
    {
        Require(before.IsLeased, $"{logged}: no lease runs ({before.Phase}).");
        Require(before.WorkerId == logged["worker_id"], $"{logged}: {before.WorkerId} holds it, {logged["worker_id"]} lost it.");
        Require(before.LeaseId == logged["lease_id"], $"{logged}: {before.LeaseId} runs, {logged["lease_id"]} ended.");
        if (logged["outcome"] == "Expired") Require(logged.At >= before.ExpiresAt, $"{logged}: the lease runs until {before.ExpiresAt:o}.");
        else if (logged.Actor != "system") RequireHolder(before, logged);
        var phase = logged.Type == "task.dead_lettered" ? "dead_letter" : "ready";
        return before with { Phase = phase, WorkerId = null, LeaseId = null, ExpiresAt = null };
    }

    private TaskPicture Unknown(TaskPicture before, LoggedEvent logged)
    {
        Fail($"{logged}: an event that this check does not know.");
        return before;
    }

    /// <summary>I6: whoever reports holds the task, and its lease has not ended.</summary>
    private void RequireHolder(TaskPicture before, LoggedEvent logged)
    {
        Require(before.WorkerId == logged.Actor, $"{logged}: {before.WorkerId ?? "nobody"} holds it.");
        Require(!before.IsLeased || logged.At < before.ExpiresAt, $"{logged}: the lease ended at {before.ExpiresAt:o}.");
    }

    private static bool IsLegal(string from, string to) => (from, to) switch
    {
        ("leased" or "blocked" or "pr_opened", "in_progress") => true,
        ("in_progress", "blocked") => true,
        ("leased" or "in_progress" or "blocked", "pr_opened") => true,
        ("pr_opened", "merged") => true,
        _ => false,
    };

    private void Require(bool holds, string violation)
    {
        if (!holds) Fail(violation);
    }

    private void Fail(string violation) => _violations.Add(violation);

    private static long Number(string? text) => text is null ? -1 : long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string? text) =>
        text is null ? default : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
