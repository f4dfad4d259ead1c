using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.GitHub;

/// <summary>What came of GitHub's deliveries: why a pull request moved no task.</summary>
public sealed class DeliveryListEndpoint(SqliteStorage storage)
{
    internal static readonly string[] States = ["pending", "done", "failed"];

    /// <summary>Maps the endpoint.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<DeliveryListEndpoint>();
        routes.MapGet("/v1/github/deliveries", (Delegate)endpoint.ListAsync)
            .Allow(AccessRule.Admin)
            .Describe("listGitHubDeliveries", "GitHub", "List deliveries of GitHub's webhook",
                "Newest first, as long as they are kept (OwpPool__GitHub__KeepDeliveriesDays): what each meant to the pool, and what came of " +
                "it. One that failed for good is taken again when GitHub sends it again.")
            .TakesWord("state", "Only these.", WordLists.DeliveryState)
            .TakesPage()
            .Answers<ListResponse<DeliveryItem>>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var fields = new QueryFields(http.Request.Query);
        var state = fields.Word("state", States);
        var paging = ListPaging.Read(fields, $"github deliveries\n{state}");
        if (fields.Problem is { } problem) return problem;
        var found = await storage.GitHubInbox.ListAsync(state, paging.After?.Id ?? long.MaxValue, paging.Limit + 1, http.RequestAborted);
        var page = found.Take(paging.Limit).ToList();
        var next = found.Count > page.Count ? new ListPosition(page[^1].Id, "") : null;
        return paging.Answer(http, [.. page.Select(DeliveryItem.From)], next, Wire.Json.ListResponseDeliveryItem);
    }
}
