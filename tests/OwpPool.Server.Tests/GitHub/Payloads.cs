using System.Globalization;
using System.Text.Json.Nodes;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>A pull request as GitHub documents it in webhooks and API, with the fields that matter and some that do not.</summary>
public sealed record FakePull(string Repo, int Number)
{
    public string Author { get; init; } = "ada";

    public string State { get; init; } = "open";

    public bool Merged { get; init; }

    public bool Draft { get; init; }

    public string Branch { get; init; } = "mend-the-roof";

    public string HeadRepo { get; init; } = "ada/fork";

    public string? Body { get; init; } = "Mends the roof.";

    public string HeadSha { get; init; } = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

    public DateTimeOffset UpdatedAt { get; init; } = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);

    /// <summary>GitHub's number of the repository, which stays when it is renamed.</summary>
    public long RepositoryId { get; init; } = IdOf(Repo);

    /// <summary>A number for each name, so that repositories of other names are others.</summary>
    public static long IdOf(string repo) => repo.ToLowerInvariant().Aggregate(1L, (id, letter) => (id * 31 + letter) % 1_000_000_007);

    public string Url => $"https://github.com/{Repo}/pull/{Number}";

    public FakePull Later(int seconds = 1) => this with { UpdatedAt = UpdatedAt.AddSeconds(seconds) };

    public FakePull Close(bool merged) => Later() with { State = "closed", Merged = merged };

    public JsonObject ToJson()
    {
        var at = UpdatedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["url"] = $"https://api.github.com/repos/{Repo}/pulls/{Number}",
            ["id"] = 1_000_000L + Number,
            ["html_url"] = Url,
            ["number"] = Number,
            ["state"] = State,
            ["locked"] = false,
            ["title"] = "Mend the roof",
            ["user"] = new JsonObject { ["login"] = Author, ["id"] = 1, ["type"] = "User" },
            ["body"] = Body,
            ["created_at"] = "2026-01-18T04:00:00Z",
            ["updated_at"] = at,
            ["closed_at"] = State == "closed" ? at : null,
            ["merged_at"] = Merged ? at : null,
            ["draft"] = Draft,
            ["head"] = new JsonObject { ["label"] = $"{Author}:{Branch}", ["ref"] = Branch, ["sha"] = HeadSha,
                ["repo"] = new JsonObject { ["id"] = HeadRepo == Repo ? RepositoryId : IdOf(HeadRepo), ["full_name"] = HeadRepo } },
            ["base"] = new JsonObject { ["ref"] = "main", ["repo"] =
                new JsonObject { ["id"] = RepositoryId, ["full_name"] = Repo, ["private"] = false } },
        };
    }

    public string Event(string action, string sender = "grace")
    {
        var pull = ToJson();
        // Only the whole pull request says it; in lists and reviews there is merged_at.
        pull["merged"] = Merged;
        return new JsonObject
        {
            ["action"] = action,
            ["number"] = Number,
            ["pull_request"] = pull,
            ["repository"] = new JsonObject { ["id"] = RepositoryId, ["full_name"] = Repo },
            ["sender"] = new JsonObject { ["login"] = sender },
        }.ToJsonString();
    }

    public string Review(string state, string association = "MEMBER", string action = "submitted") => new JsonObject
    {
        ["action"] = action,
        ["review"] = new JsonObject
        {
            ["id"] = 80, ["user"] = new JsonObject { ["login"] = "grace" }, ["state"] = state, ["author_association"] = association,
            ["body"] = "Tests, please.",
        },
        ["pull_request"] = ToJson(),
        ["repository"] = new JsonObject { ["id"] = RepositoryId, ["full_name"] = Repo },
        ["sender"] = new JsonObject { ["login"] = "grace" },
    }.ToJsonString();

    /// <summary>The event of a repository that is called <paramref name="name"/> from now on.</summary>
    public static string Renamed(string former, string name, long? id = null)
    {
        var (from, to) = (former.Split('/'), name.Split('/'));
        var changes = from[0] == to[0]
            ? new JsonObject { ["repository"] = new JsonObject { ["name"] = new JsonObject { ["from"] = from[1] } } }
            : new JsonObject { ["owner"] = new JsonObject { ["from"] = new JsonObject { ["user"] = new JsonObject { ["login"] = from[0] } } } };
        return new JsonObject
        {
            ["action"] = from[0] == to[0] ? "renamed" : "transferred",
            ["changes"] = changes,
            ["repository"] = new JsonObject
            {
                ["id"] = id ?? IdOf(former), ["full_name"] = name, ["private"] = false, ["updated_at"] = "2026-01-18T04:59:00Z",
            },
            ["sender"] = new JsonObject { ["login"] = "grace" },
        }.ToJsonString();
    }
}
