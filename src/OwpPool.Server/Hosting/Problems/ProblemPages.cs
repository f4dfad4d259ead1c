using System.Net;
using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.Hosting.Problems;

/// <summary>The pages that the <c>type</c> of a problem leads to.</summary>
public static class ProblemPages
{
    /// <summary>Maps <c>/problems</c> and <c>/problems/{code}</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/problems", static () => Page("Problems", string.Concat(ProblemKind.All.Select(Section))))
            .TakesHead().Allow(AccessRule.Anyone).ExcludeFromDescription();
        foreach (var kind in ProblemKind.All)
        {
            routes.MapGet(kind.Type, () => Page(kind.Title, Section(kind)))
                .TakesHead().Allow(AccessRule.Anyone).ExcludeFromDescription();
        }
    }

    private static string Section(ProblemKind kind) =>
        $"<h2 id=\"{kind.Code}\"><code>{kind.Code}</code> ({kind.Status})</h2><p>{Text(kind.Meaning)}</p><p>{Text(kind.Suggestion)}</p>";

    private static IResult Page(string title, string body) => TypedResults.Text(
        $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Text(title)}</title></head>" +
        $"<body><h1>{Text(title)}</h1>{body}<p><a href=\"/problems\">All problems</a></p></body></html>",
        "text/html; charset=utf-8");

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
