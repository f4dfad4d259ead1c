using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Story;

/// <summary>Two repos and five workers over HTTP: offers, a dependency, a rejected pull request, a dead letter revived, merges by GitHub's
/// webhook. What analytics, audit and reputations say of it afterwards is one and the same story.</summary>
public sealed class StoryTests
{
    private const string Shop = "acme/shop";
    private const string Blog = "acme/blog";

    [Fact]
    public async Task Story_OfTwoReposAndFiveWorkers_IsToldTheSameByAuditAnalyticsAndReputation()
    {
        await using var server = await TestServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        var cast = new Cast(server);
        await cast.AddRepoAsync(Shop, ""","merge_authority":"github","max_open_prs":2""");
        await cast.AddRepoAsync(Blog, ""","max_attempts":2,"merge_authority":"worker" """);
        var (ada, bo) = (await cast.HireAsync("ada", "csharp"), await cast.HireAsync("bo", "csharp"));
        var (cy, eve) = (await cast.HireAsync("cy", "docs"), await cast.HireAsync("eve", "go"));

        var cart = await cast.AddTaskAsync(Shop, "Cart", ""","required_skills":["csharp"],"priority":20""");
        var search = await cast.AddTaskAsync(Shop, "Search", ""","required_skills":["csharp"]""");
        var checkout = await cast.AddTaskAsync(Shop, "Checkout", $$""","required_skills":["go"],"depends_on":["{{cart}}"]""");
        var guide = await cast.AddTaskAsync(Blog, "Guide", ""","required_skills":["docs"]""");

        // Ada looks before she leaps: she takes the cart and leaves the search to Bo. The budget of two is used up by her offers alone.
        var offers = await ada.OffersAsync();
        Assert.Equal([cart, search], offers.Select(offer => (string)offer["task_id"]!));
        Assert.Empty(await bo.ClaimAsync());
        await ada.PostAsync($"/v1/work/offers/{offers[0]["offer_id"]}/accept", "{}", 201);
        await ada.PostAsync($"/v1/work/offers/{offers[1]["offer_id"]}/reject", """{"reason":"insufficient_time"}""");
        Assert.Equal([search], await bo.ClaimAsync());
        Assert.Empty(await eve.ClaimAsync());

        // GitHub's word merges the cart, and with it what waits for it can go.
        await ada.ReportAsync(cart, "in_progress");
        await ada.ReportAsync(cart, "pr_opened", cast.Pull(1, "ada").Url);
        await server.MustDeliverAsync("pull_request", cast.Pull(1, "ada").Close(merged: true).Event("closed"));
        await Eventually.TrueAsync(async () => (await eve.ClaimAsync()).Contains(checkout), "the checkout can be taken");

        // Eve's first attempt is closed unmerged, her second is merged.
        await eve.ReportAsync(checkout, "in_progress");
        await eve.ReportAsync(checkout, "pr_opened", cast.Pull(2, "eve").Url);
        await server.MustDeliverAsync("pull_request", cast.Pull(2, "eve").Close(merged: false).Event("closed"));
        Assert.Contains(checkout, await eve.ClaimAsync());
        await eve.ReportAsync(checkout, "in_progress");
        await eve.ReportAsync(checkout, "pr_opened", cast.Pull(3, "eve").Url);
        await server.MustDeliverAsync("pull_request", cast.Pull(3, "eve").Close(merged: true).Event("closed"));

        // Cy fails twice, with nobody else who could try; the guide is a dead letter until a maintainer revives it for Di, who merges by her
        // own word.
        Assert.Equal([guide], await cy.ClaimAsync());
        await cy.ReportAsync(guide, "failed");
        Assert.Equal([guide], await cy.ClaimAsync());
        await cy.ReportAsync(guide, "failed");
        Assert.Equal("dead_letter", await server.PhaseAsync(guide));
        var di = await cast.HireAsync("di", "docs");
        await cast.AdminAsync($"/v1/admin/tasks/{guide}/requeue", """{"reason":"Di knows how"}""");
        Assert.Equal([guide], await di.ClaimAsync());
        foreach (var status in new[] { "in_progress", "pr_opened", "merged" }) await di.ReportAsync(guide, status);

        await bo.ReportAsync(search, "in_progress");
        await bo.ReportAsync(search, "pr_opened", cast.Pull(4, "bo").Url);
        await server.MustDeliverAsync("pull_request", cast.Pull(4, "bo").Close(merged: true).Event("closed"));

        var told = await cast.TellAsync([("Cart", cart), ("Search", search), ("Checkout", checkout), ("Guide", guide)]);
        Assert.Equal(
            [
                "Cart      offered ada > leased ada > in_progress ada > pr_opened ada > merged github",
                "Search    offered ada > ready ada > leased bo > in_progress bo > pr_opened bo > merged github",
                "Checkout  leased eve > in_progress eve > pr_opened eve > ready github > leased eve > in_progress eve > pr_opened eve > merged github",
                "Guide     leased cy > ready cy > leased cy > dead_letter cy > ready admin > leased di > in_progress di > pr_opened di > merged di",
            ],
            told);
        string[] analytics =
        [
            await AnalyticsAsync(cast, Shop, completed: 3, mergeRate: 0.75, requeueRate: 0),
            await AnalyticsAsync(cast, Blog, completed: 1, mergeRate: 1, requeueRate: 0.6667),
        ];
        (Person, double Score)[] reputations = [(ada, 100), (bo, 100), (eve, 62.5), (cy, 0), (di, 50)];
        await AssertReputationsAsync(reputations);
        Assert.True((bool)(await cast.AdminGetAsync("/v1/audit/verify"))["ok"]!);
        Figures.Show(
        [
            "A story over HTTP:", "  task      as the audit log tells it", .. told.Select(line => $"  {line}"),
            "  repo        merged  merge rate  requeue rate", .. analytics, "  worker  reputation",
            .. reputations.Select(known => string.Create(CultureInfo.InvariantCulture, $"  {known.Item1.Name,-6}  {known.Score,10}")),
        ]);
    }

    /// <returns>A line of the table.</returns>
    private static async Task<string> AnalyticsAsync(Cast cast, string repo, int completed, double mergeRate, double requeueRate)
    {
        var merged = (await cast.AdminGetAsync($"/v1/audit/events?event_type=task.merged&repo={repo}"))["total"]!;
        Assert.Equal(completed, (int)merged);
        var metrics = (await cast.AdminGetAsync($"/v1/analytics/repositories/{repo}?period=last_7_days"))["metrics"]!;
        Assert.Equal((completed, mergeRate, requeueRate, 0),
            ((int)metrics["tasks_completed"]!, (double)metrics["pr_merge_rate"]!, (double)metrics["requeue_rate"]!, (int)metrics["review_queue_length"]!));
        return string.Create(CultureInfo.InvariantCulture, $"  {repo,-10}  {completed,6}  {mergeRate,10}  {requeueRate,12}");
    }

    private static async Task AssertReputationsAsync((Person Worker, double Score)[] expected)
    {
        foreach (var (worker, score) in expected)
        {
            await Eventually.TrueAsync(async () => (double)(await worker.GetAsync("/v1/workers/me"))["reputation_score"]! == score,
                $"{worker.Name} has the reputation {score}");
        }
    }
}
