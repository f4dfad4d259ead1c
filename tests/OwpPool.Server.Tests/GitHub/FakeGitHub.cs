using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>GitHub's REST API as far as the pool uses it, as a real HTTP server on a free loopback port: answers in the documented shapes,
/// pages with Link, ETags, rate limits, and whatever a test makes go wrong.</summary>
public sealed class FakeGitHub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task<bool>>> _faults = new();

    private FakeGitHub(WebApplication app) => _app = app;

    public const string Token = "ghp_a-token-of-the-tests";

    public string Url => _app.Urls.First();

    public ConcurrentDictionary<(string Repo, int Number), JsonObject> Issues { get; } = new();

    public ConcurrentDictionary<(string Repo, int Number), FakePull> Pulls { get; } = new();

    public ConcurrentDictionary<(string Repo, int Number), JsonArray> Reviews { get; } = new();

    public ConcurrentQueue<(string Repo, int Number, string Body)> Comments { get; } = new();

    public ConcurrentQueue<(string Repo, string Sha, string State, string Description)> Statuses { get; } = new();

    public JsonObject Permissions { get; set; } = new() { ["pull"] = true, ["triage"] = true, ["push"] = true, ["admin"] = false };

    public int PageSize { get; set; } = 100;

    /// <summary>What somebody may do in a repo; others are not known there.</summary>
    public ConcurrentDictionary<(string Repo, string Login), string> Collaborators { get; } = new();

    /// <summary>Numbers of repositories, where they are not those of their names.</summary>
    public ConcurrentDictionary<string, long> Ids { get; } = new();

    /// <summary>Repositories that have another name by now.</summary>
    public ConcurrentDictionary<string, string> Renamed { get; } = new();

    /// <summary>What goes wrong with every request; true = it is answered.</summary>
    public Func<HttpContext, Task<bool>>? Rule { get; set; }

    /// <summary>Method, path and query of what was asked, and whether the token came with it.</summary>
    public ConcurrentQueue<(string Request, bool HasToken, string UserAgent)> Requests { get; } = new();

    public IEnumerable<string> Asked => Requests.Select(request => request.Request);

    public int NotModified { get; private set; }

    public static async Task<FakeGitHub> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0,
            listen => listen.Protocols = HttpProtocols.Http1));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeGitHub(app);
        app.Run(fake.AnswerAsync);
        await app.StartAsync();
        return fake;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>The next request goes wrong in this way; true = it is answered.</summary>
    public void Next(Func<HttpContext, Task<bool>> fault) => _faults.Enqueue(fault);

    /// <summary>The next requests are answered with this status and these headers.</summary>
    public void NextStatus(int status, int times = 1, string body = "{}", params (string Name, string Value)[] headers)
    {
        for (var i = 0; i < times; i++)
        {
            Next(async http =>
            {
                http.Response.StatusCode = status;
                foreach (var (name, value) in headers) http.Response.Headers[name] = value;
                await http.Response.WriteAsync(body);
                return true;
            });
        }
    }

    public void AddIssue(string repo, int number, string title, string? body, params string[] labels) =>
        Issues[(repo, number)] = new JsonObject
        {
            ["number"] = number,
            ["title"] = title,
            ["body"] = body,
            ["state"] = "open",
            ["html_url"] = $"https://github.com/{repo}/issues/{number}",
            ["user"] = new JsonObject { ["login"] = "octo" },
            ["labels"] = new JsonArray([.. labels.Select(label => new JsonObject { ["id"] = 1, ["name"] = label, ["color"] = "f29513" })]),
        };

    public string[] LabelsOf(string repo, int number) =>
        [.. Issues[(repo, number)]["labels"]!.AsArray().Select(label => (string)label!["name"]!)];

    private async Task AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        Requests.Enqueue(($"{request.Method} {request.Path}{request.QueryString}", request.Headers.Authorization == $"Bearer {Token}",
            request.Headers.UserAgent.ToString()));
        if (_faults.TryDequeue(out var fault) && await fault(http)) return;
        if (Rule is { } rule && await rule(http)) return;
        var parts = request.Path.Value!.Trim('/').Split('/');
        if (parts is ["repositories", var id, .. var below] && Ids.Keys.Concat(Renamed.Values).Concat(Issues.Keys.Select(key => key.Repo))
            .FirstOrDefault(known => IdOf(known) == long.Parse(id, CultureInfo.InvariantCulture)) is { } byId)
            parts = ["repos", .. byId.Split('/'), .. below];
        if (parts is not ["repos", var owner, var name, .. var rest])
        {
            http.Response.StatusCode = 404;
            return;
        }
        if (Renamed.TryGetValue($"{owner}/{name}", out var now))
        {
            http.Response.StatusCode = request.Method == "GET" ? 301 : 307;
            http.Response.Headers.Location = $"{Url}/{string.Join('/', ["repositories", $"{IdOf(now)}", .. rest])}{request.QueryString}";
            return;
        }
        await RouteAsync(http, $"{owner}/{name}", rest);
    }

    /// <summary>Every request for the repo is answered like this.</summary>
    public static Func<HttpContext, Task<bool>> Refusing(string repo, int status, Func<HttpContext, bool>? also = null) => http =>
    {
        if (!http.Request.Path.StartsWithSegments($"/repos/{repo}") || also?.Invoke(http) is false) return Task.FromResult(false);
        http.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    /// <summary>No request for the repo is ever answered.</summary>
    public static Func<HttpContext, Task<bool>> Hanging(string repo) => async http =>
    {
        if (!http.Request.Path.StartsWithSegments($"/repos/{repo}")) return false;
        var aborted = new TaskCompletionSource();
        await using var registration = http.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
        return true;
    };

    private long IdOf(string repo) => Ids.TryGetValue(repo, out var id) ? id : FakePull.IdOf(repo);

    private async Task RouteAsync(HttpContext http, string repo, string[] rest)
    {
        switch (http.Request.Method, rest)
        {
            case ("GET", []):
                await SendAsync(http, new JsonObject
                {
                    ["id"] = IdOf(repo), ["full_name"] = repo, ["permissions"] = Permissions.DeepClone(),
                });
                return;
            case ("GET", ["collaborators", var login, "permission"]) when Collaborators.TryGetValue((repo, login), out var permission):
                await SendAsync(http, new JsonObject { ["permission"] = permission, ["user"] = new JsonObject { ["login"] = login } });
                return;
            case ("GET", ["issues"]):
                await SendPageAsync(http, IssuesOf(repo, http.Request.Query["labels"].ToString()));
                return;
            case ("GET", ["pulls"]):
                await SendPageAsync(http, [.. Pulls.Values.Where(pull => pull.Repo == repo && pull.State == "open")
                    .OrderByDescending(pull => pull.UpdatedAt).Select(pull => pull.ToJson())]);
                return;
            case ("GET", ["pulls", var number]) when Pulls.TryGetValue((repo, Int(number)), out var pull):
                var whole = pull.ToJson();
                whole["merged"] = pull.Merged;
                await SendAsync(http, whole);
                return;
            case ("GET", ["pulls", var number, "reviews"]):
                await SendPageAsync(http, [.. (Reviews.GetValueOrDefault((repo, Int(number))) ?? []).Select(review =>
                    review!.DeepClone())]);
                return;
            case ("GET", ["issues", var number, "comments"]):
                await SendPageAsync(http, [.. Comments.Where(comment => comment.Repo == repo && comment.Number == Int(number))
                    .Select(comment => new JsonObject { ["body"] = comment.Body })]);
                return;
            case ("GET", ["issues", var number, "labels"]) when Issues.TryGetValue((repo, Int(number)), out var issue):
                await SendPageAsync(http, [.. issue["labels"]!.AsArray().Select(label => label!.DeepClone())]);
                return;
            case ("POST" or "DELETE", _):
                await ChangeAsync(http, repo, rest);
                return;
            default:
                http.Response.StatusCode = 404;
                return;
        }
    }

    private async Task ChangeAsync(HttpContext http, string repo, string[] rest)
    {
        var body = http.Request.Method == "POST" ? await JsonNode.ParseAsync(http.Request.Body) : null;
        http.Response.StatusCode = 201;
        switch (rest)
        {
            case ["issues", var number, "comments"]:
                Comments.Enqueue((repo, Int(number), (string)body!["body"]!));
                break;
            case ["issues", var number, "labels"] when Issues.TryGetValue((repo, Int(number)), out var issue):
                foreach (var label in body!["labels"]!.AsArray()) issue["labels"]!.AsArray().Add(new JsonObject { ["name"] =
                    (string)label! });
                break;
            case ["issues", var number, "labels", var label] when Issues.TryGetValue((repo, Int(number)), out var issue):
                var labels = issue["labels"]!.AsArray();
                labels.Remove(labels.First(known => (string)known!["name"]! == Uri.UnescapeDataString(label)));
                http.Response.StatusCode = 200;
                break;
            case ["statuses", var sha]:
                Statuses.Enqueue((repo, sha, (string)body!["state"]!, (string)body["description"]!));
                break;
            default:
                http.Response.StatusCode = 404;
                break;
        }
        await http.Response.WriteAsync("{}");
    }

    private JsonNode[] IssuesOf(string repo, string label)
    {
        var issues = Issues.Where(issue => issue.Key.Repo == repo && LabelsOf(repo, issue.Key.Number).Contains(label))
            .Select(issue => (issue.Key.Number, Json: issue.Value.DeepClone()));
        // As GitHub does: pull requests are issues too.
        var pulls = Pulls.Values.Where(pull => pull.Repo == repo && pull.State == "open").Select(pull =>
            (pull.Number, Json: (JsonNode)new JsonObject
        {
            ["number"] = pull.Number, ["title"] = "A pull request", ["labels"] = new JsonArray(), ["pull_request"] = new JsonObject(),
        }));
        return [.. issues.Concat(pulls).OrderBy(item => item.Number).Select(item => item.Json)];
    }

    private async Task SendPageAsync(HttpContext http, JsonNode[] items)
    {
        var page = int.TryParse(http.Request.Query["page"], CultureInfo.InvariantCulture, out var number) ? number : 1;
        if (page * PageSize < items.Length)
        {
            var query = http.Request.Query.Where(pair => pair.Key != "page").Select(pair =>
                $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}");
            http.Response.Headers.Link = $"<{Url}{http.Request.Path}?{string.Join('&', query)}&page={page + 1}>; rel=\"next\", " +
                $"<{Url}{http.Request.Path}?page=99>; rel=\"last\"";
        }
        await SendAsync(http, new JsonArray([.. items.Skip((page - 1) * PageSize).Take(PageSize)]));
    }

    private async Task SendAsync(HttpContext http, JsonNode body)
    {
        var text = body.ToJsonString();
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));
        var tag = $"W/\"{Convert.ToHexStringLower(hash)}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers["X-RateLimit-Remaining"] = "4999";
        if (http.Request.Headers.IfNoneMatch == tag)
        {
            NotModified++;
            http.Response.StatusCode = 304;
            return;
        }
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(text);
    }

    private static int Int(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
