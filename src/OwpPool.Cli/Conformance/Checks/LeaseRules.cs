using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 6: leases end, and a later one shuts out the earlier.</summary>
internal static class LeaseRules
{
    public static Section All => new("§4.6 Lease")
    {
        { "R6.1", Level.Core, "A lease ends in the future.", async stage =>
        {
            var lease = await stage.LeaseAsync(await stage.WorkerAsync());
            lease.Answer.Must(lease.Remaining > TimeSpan.Zero, "a lease that ends in the future");
        } },
        { "R6.2", Level.Pool, "The fencing token grows with every grant.", async stage =>
        {
            var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
            var lease = await stage.LeaseAsync(first);
            (await first.ReleaseAsync(lease.TaskId)).Is(200);
            var next = await stage.GetAsync(second, lease.TaskId);
            next.Answer.Must(next.Token is not null && next.Token > lease.Token,
                string.Create(CultureInfo.InvariantCulture, $"a fencing_token above {lease.Token}"));
            next.Answer.Must(next.LeaseId != lease.LeaseId, "another lease_id");
        } },
        { "R6.3", Level.Pool, "A report under an earlier lease is 409 stale_token, also from the same worker.", StaleAsync },
        { "R6.4", Level.Pool, "A report of who lost its lease is 409 lease_lost.", LostAsync },
        { "R6.5", Level.Pool, "A repo's own lease_ttl_seconds is what its leases run.", OwnTtlAsync, Lane.Alone },
        { "R6.6", Level.Pool, "A heartbeat leaves a lease alone that has more than half its time left.", YoungAsync },
        { "R6.7", Level.Pool, "A heartbeat renews a lease with less than half its time left.", HeartbeatRenewsAsync, Lane.Patient },
        { "R6.8", Level.Pool, "A renewal by call gives a lease its whole time again.", CallRenewsAsync, Lane.Patient },
        { "R6.9", Level.Core, "An expired lease's task goes to another worker.", stage => ExpiresAsync(stage), Lane.Patient },
        { "R6.10", Level.Core, "It does so from in_progress, too.", stage => ExpiresAsync(stage, "in_progress"), Lane.Patient },
        { "R6.11", Level.Pool, "It does so from blocked, too.", stage => ExpiresAsync(stage, "in_progress", "blocked"), Lane.Patient },
        { "R6.12", Level.Pool, "A report under an expired lease is 409 and changes nothing.", ExpiredReportAsync, Lane.Patient },
        { "R6.13", Level.Pool, "An expired lease cannot be renewed.", ExpiredRenewalAsync, Lane.Patient },
        { "R6.14", Level.Pool, "Expiry counts an attempt, and the next lease is the next attempt.", ExpiredAttemptAsync, Lane.Patient },
        { "R6.15", Level.Pool, "What is under review does not expire.", ReviewStaysAsync, Lane.Patient },
        { "R6.16", Level.Pool, "A lease whose work has not begun is renewed by no heartbeat and no call.", NotBegunAsync, Lane.Patient },
    };

    private static async Task StaleAsync(Stage stage)
    {
        var worker = await stage.LoneWorkerAsync();
        var first = await stage.LeaseAsync(worker, stage.LoneFields());
        (await worker.ReleaseAsync(first.TaskId)).Is(200);
        var second = await stage.GetAsync(worker, first.TaskId);
        (await worker.ReportAsync(first.TaskId, "in_progress", new JsonObject { ["fencing_token"] = first.Token }))
            .IsProblem(409, "conflict", "stale_token");
        (await worker.ReportAsync(first.TaskId, "in_progress", new JsonObject { ["lease_id"] = first.LeaseId }))
            .IsProblem(409, "conflict", "stale_token");
        await stage.MustBeAsync(first.TaskId, "leased");
        (await worker.ReportAsync(first.TaskId, "in_progress", second.Proof)).Is(200);
    }

    private static async Task LostAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var lease = await stage.LeaseAsync(first);
        (await first.ReleaseAsync(lease.TaskId)).Is(200);
        await stage.GetAsync(second, lease.TaskId);
        (await first.ReportAsync(lease.TaskId, "in_progress", lease.Proof)).IsProblem(409, "conflict", "lease_lost");
        await stage.MustBeAsync(lease.TaskId, "leased");
    }

    private static async Task OwnTtlAsync(Stage stage)
    {
        await stage.SetRepoAsync(new JsonObject { ["lease_ttl_seconds"] = 1234 });
        var lease = await stage.LeaseAsync(await stage.WorkerAsync());
        lease.Answer.Must(lease.Remaining == TimeSpan.FromSeconds(1234), "\"lease_ttl_seconds\": 1234");
    }

    private static async Task YoungAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        var beat = (await worker.HeartbeatAsync()).Is(200);
        var held = Lease.ListOf(beat).FirstOrDefault(one => one.TaskId == lease.TaskId);
        beat.Must(held?.Text("lease_expires_at") == lease.Text("lease_expires_at"), $"the end as it was, {lease.Text("lease_expires_at")}");
    }

    private static async Task HeartbeatRenewsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        await stage.PassAsync(lease, 0.6, TimeSpan.Zero);
        var beat = (await worker.HeartbeatAsync()).Is(200);
        var held = Lease.ListOf(beat).FirstOrDefault(one => one.TaskId == lease.TaskId);
        beat.Must(held?.View.InstantAt("lease_expires_at") > lease.View.InstantAt("lease_expires_at"),
            $"an end after {lease.Text("lease_expires_at")}");
    }

    private static async Task CallRenewsAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, "in_progress");
        await stage.PassAsync(lease, 0.3, TimeSpan.Zero);
        var answer = (await worker.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(200);
        answer.Must(answer.Instant("lease_expires_at") > lease.View.InstantAt("lease_expires_at"),
            $"an end after {lease.Text("lease_expires_at")}");
    }

    /// <summary>Takes a lease, begins with these steps, and lets it end.</summary>
    private static async Task<(Worker Holder, Lease Lease)> ExpireAsync(Stage stage, params string[] steps)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await worker.TakeAsync(lease.TaskId, steps);
        await stage.OutliveAsync(lease);
        return (worker, lease);
    }

    private static async Task ExpiresAsync(Stage stage, params string[] steps)
    {
        var (_, lease) = await ExpireAsync(stage, steps.Length == 0 ? [] : steps);
        var other = await stage.WorkerAsync();
        await stage.EventuallyAsync(async () =>
        {
            var (answer, leases) = await other.AskForAnswerAsync();
            return (answer, leases.Any(next => next.TaskId == lease.TaskId));
        }, $"a lease of {lease.TaskId}, whose lease is over");
    }

    private static async Task ExpiredReportAsync(Stage stage)
    {
        var (worker, lease) = await ExpireAsync(stage, "in_progress");
        var answer = (await worker.ReportAsync(lease.TaskId, "blocked", lease.Proof)).IsProblem(409, "conflict");
        answer.Must(answer.TextOrNull("details.reason") is "lease_expired" or "lease_lost" or "stale_token",
            "the reason lease_expired or lease_lost");
        var task = await stage.LookAsync(lease.TaskId);
        task.Must(task.Text("status") != "blocked", "a task that the late report has not changed");
    }

    private static async Task ExpiredRenewalAsync(Stage stage)
    {
        var (worker, lease) = await ExpireAsync(stage);
        (await worker.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(404, 409);
    }

    private static async Task ExpiredAttemptAsync(Stage stage)
    {
        var (_, lease) = await ExpireAsync(stage);
        var other = await stage.WorkerAsync();
        Lease? next = null;
        await stage.EventuallyAsync(async () =>
        {
            var (answer, leases) = await other.AskForAnswerAsync();
            next = leases.FirstOrDefault(one => one.TaskId == lease.TaskId);
            return (answer, next is not null);
        }, $"a lease of {lease.TaskId}, whose lease is over");
        next!.Answer.Must(next.View.WholeAt("attempt") == lease.View.WholeAt("attempt") + 1, "the next attempt's number");
        next.Answer.Must(next.Token > lease.Token, string.Create(CultureInfo.InvariantCulture, $"a fencing_token above {lease.Token}"));
        (await stage.LookAsync(lease.TaskId)).Has("attempt_count", 1);
    }

    private static async Task NotBegunAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        await stage.PassAsync(lease, 0.6, TimeSpan.Zero);
        // Whether the call is refused or answers with the end as it was is the server's choice.
        (await worker.PostAsync($"/v1/leases/{lease.LeaseId}/renew")).Is(200, 400, 409);
        var beat = (await worker.HeartbeatAsync()).Is(200);
        var held = Lease.ListOf(beat).FirstOrDefault(one => one.TaskId == lease.TaskId);
        beat.Must(held?.Text("lease_expires_at") == lease.Text("lease_expires_at"), $"the end as it was, {lease.Text("lease_expires_at")}");
    }

    private static async Task ReviewStaysAsync(Stage stage)
    {
        var (_, lease) = await ExpireAsync(stage, "in_progress", "pr_opened");
        await stage.MustBeAsync(lease.TaskId, "pr_opened");
    }
}
