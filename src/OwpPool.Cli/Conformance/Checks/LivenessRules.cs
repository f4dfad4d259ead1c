using System.Text.Json.Nodes;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Rule 7: who is there.</summary>
internal static class LivenessRules
{
    public static Section All => new("§4.7 Liveness")
    {
        { "R7.1", Level.Core, "A fresh worker gets work without a heartbeat.",
            async stage => await stage.LeaseAsync(await stage.FreshWorkerAsync()) },
        { "R7.2", Level.Pool, "A fresh worker is online.", async stage =>
        {
            var me = (await (await stage.FreshWorkerAsync()).GetAsync("/v1/workers/me")).Is(200);
            me.Must(me.Text("status") is "idle" or "working", "a status of idle");
        } },
        { "R7.3", Level.Pool, "Who says offline gives back what it has not begun.", async stage =>
        {
            var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
            var lease = await stage.LeaseAsync(first);
            (await first.HeartbeatAsync("offline")).Is(200);
            await stage.GetAsync(second, lease.TaskId);
        } },
        { "R7.4", Level.Pool, "Who says offline and comes back in time keeps what it has begun.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            await worker.TakeAsync(lease.TaskId, "in_progress");
            (await worker.HeartbeatAsync("offline")).Is(200);
            await stage.MustBeAsync(lease.TaskId, "in_progress");
            (await worker.HeartbeatAsync()).Is(200);
            (await worker.ReportAsync(lease.TaskId, "blocked", lease.Proof)).Is(200);
        } },
        { "R7.5", Level.Core, "Who says paused gets no new work, until it says otherwise.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var taskId = await stage.TaskAsync();
            (await worker.HeartbeatAsync("paused")).Is(200);
            await EligibilityRules.GetsNothingAsync(worker, "a task for a worker that paused");
            (await worker.HeartbeatAsync("idle")).Is(200);
            await stage.GetAsync(worker, taskId);
        } },
        { "R7.6", Level.Pool, "Who says paused keeps its leases.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            (await worker.HeartbeatAsync("paused")).Is(200);
            await stage.MustBeAsync(lease.TaskId, "leased");
            (await worker.ReportAsync(lease.TaskId, "in_progress", lease.Proof)).Is(200);
        } },
        { "R7.7", Level.Pool, "Who is paused by an admin keeps its leases.", async stage =>
        {
            var worker = await stage.WorkerAsync();
            var lease = await stage.LeaseAsync(worker);
            (await stage.Admin.PostAsync($"/v1/workers/{worker.Id}/pause")).Is(200);
            await stage.MustBeAsync(lease.TaskId, "leased");
            (await worker.ReportAsync(lease.TaskId, "in_progress", lease.Proof)).Is(200);
        } },
        { "R7.8", Level.Pool, "Who is silent for three heartbeats gives back what it has not begun.", SilentAsync, Lane.Patient },
    };

    private static async Task SilentAsync(Stage stage)
    {
        var registered = (await stage.Nobody.PostAsync("/v1/workers/register",
            new JsonObject { ["name"] = "conformance R7.8", ["skills"] = new JsonArray(stage.Skill) })).Is(201);
        var worker = stage.WorkerOf(registered);
        var taskId = await stage.TaskAsync();
        // A lease of its own length, so that it is not the lease that ends.
        await stage.AllLeasedAsync();
        await stage.GetAsync(worker, taskId);
        var silence = TimeSpan.FromSeconds((3 * registered.Whole("heartbeat_interval_seconds")) + 10);
        await stage.SleepAsync(silence, "three heartbeats and some patience take");
        var other = await stage.WorkerAsync();
        await stage.EventuallyAsync(async () =>
        {
            var (answer, leases) = await other.AskForAnswerAsync();
            return (answer, leases.Any(lease => lease.TaskId == taskId));
        }, $"a lease of {taskId}, whose worker is silent");
    }
}
