using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Offers (protocol §2).</summary>
internal static class OfferChecks
{
    private static readonly string[] Members =
        ["offer_id", "task_id", "repo", "title", "estimate_points", "required_skills", "area", "expires_at"];

    public static Section All => new("§2 Offers")
    {
        { "offer.members", Level.Pool, "An offer names its task, what it asks for and its end.", MembersAsync },
        { "offer.max", Level.Pool, "max bounds the new offers of a request, 1 to 20.", MaxAsync },
        { "offer.exclusive", Level.Pool, "What is offered to one worker is given to no other.", ExclusiveAsync },
        { "offer.accept", Level.Pool, "Accepting is 201 and makes the offer a lease.", AcceptAsync },
        { "offer.reject", Level.Pool, "Rejecting is 200 and lets another worker have the task.", RejectAsync },
        { "offer.reject-reason", Level.Pool, "A reason is one of the four words; another is 400.", RejectReasonAsync },
        { "offer.rejected-gone", Level.Pool, "A rejected offer cannot be accepted.", RejectedGoneAsync },
        { "offer.foreign", Level.Pool, "Another worker's offer is not there.", ForeignAsync },
    };

    /// <summary>The worker's offer of the task, which it must get.</summary>
    public static async Task<string> OfferAsync(Stage stage, Worker worker, string taskId)
    {
        var answer = (await worker.PostAsync("/v1/work/offers")).Is(200);
        var offer = answer.Items("offers").FirstOrDefault(item => item.TextAt("task_id") == taskId);
        answer.Must(offer.TextAt("offer_id") is not null, $"an offer of {taskId} with its id");
        return offer.TextAt("offer_id")!;
    }

    private static async Task MembersAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync(new JsonObject { ["area"] = stage.Mark });
        var answer = (await worker.PostAsync("/v1/work/offers")).Is(200);
        var offer = answer.Items("offers").FirstOrDefault(item => item.TextAt("task_id") == taskId);
        foreach (var member in Members)
            answer.Must(offer.At(member) is not null, $"an offer of {taskId} with '{member}'");
        answer.Must(offer.InstantAt("expires_at") is not null, "expires_at as an RFC 3339 instant in UTC");
        await stage.MustBeAsync(taskId, "offered");
    }

    private static async Task MaxAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        for (var i = 0; i < 2; i++) await stage.TaskAsync();
        foreach (var max in new[] { 0, 21 }) (await worker.PostAsync("/v1/work/offers", new JsonObject { ["max"] = max })).Rejects("max");
        var answer = (await worker.PostAsync("/v1/work/offers", new JsonObject { ["max"] = 1 })).Is(200);
        answer.Must(answer.Items("offers").Count == 1, "one offer");
    }

    private static async Task ExclusiveAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        await OfferAsync(stage, first, await stage.TaskAsync());
        var (answer, leases) = await second.AskForAnswerAsync();
        answer.Must(leases.Count == 0, "no lease of what is offered to another");
        var offers = (await second.PostAsync("/v1/work/offers")).Is(200);
        offers.Must(offers.Items("offers").All(offer => offer.TextAt("repo") != stage.Repo), "no offer of what is offered to another");
    }

    private static async Task AcceptAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        var offerId = await OfferAsync(stage, worker, taskId);
        var answer = (await worker.PostAsync($"/v1/work/offers/{offerId}/accept")).Is(201);
        answer.Has("lease.task_id", taskId).Has("lease.lease_id", answer.Text("lease_id")).Instant("lease_expires_at");
        await stage.MustBeAsync(taskId, "leased");
        await worker.TakeAsync(taskId, "in_progress");
    }

    private static async Task RejectAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var taskId = await stage.TaskAsync();
        var offerId = await OfferAsync(stage, first, taskId);
        var body = new JsonObject { ["reason"] = "insufficient_time", ["note"] = "conformance" };
        (await first.PostAsync($"/v1/work/offers/{offerId}/reject", body)).Is(200).Has("ok", true);
        await stage.GetAsync(second, taskId);
    }

    private static async Task RejectReasonAsync(Stage stage)
    {
        foreach (var reason in new[] { "insufficient_time", "unclear_requirements", "skill_mismatch", "other" })
        {
            var worker = await stage.WorkerAsync();
            var taskId = await stage.TaskAsync();
            var path = $"/v1/work/offers/{await OfferAsync(stage, worker, taskId)}/reject";
            (await worker.PostAsync(path, new JsonObject { ["reason"] = "too_boring" })).Rejects("reason");
            (await worker.PostAsync(path, new JsonObject { ["reason"] = reason })).Is(200);
            await stage.ActAsync(taskId, "cancel");
        }
    }

    private static async Task RejectedGoneAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var taskId = await stage.TaskAsync();
        var offerId = await OfferAsync(stage, worker, taskId);
        (await worker.PostAsync($"/v1/work/offers/{offerId}/reject", new JsonObject { ["reason"] = "other" })).Is(200);
        (await worker.PostAsync($"/v1/work/offers/{offerId}/accept")).Is(404, 409);
        await stage.MustBeAsync(taskId, "ready");
    }

    private static async Task ForeignAsync(Stage stage)
    {
        var (first, second) = (await stage.WorkerAsync(), await stage.WorkerAsync());
        var offerId = await OfferAsync(stage, first, await stage.TaskAsync());
        foreach (var verb in new[] { "accept", "reject" })
            (await second.PostAsync($"/v1/work/offers/{offerId}/{verb}", new JsonObject { ["reason"] = "other" }))
                .IsProblem(404, "not_found");
        (await first.PostAsync($"/v1/work/offers/{offerId}/accept")).Is(201);
    }
}
