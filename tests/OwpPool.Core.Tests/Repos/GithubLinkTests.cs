using OwpPool.Core.GitHub;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tests.Repos;

public sealed class GithubLinkTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly GithubRepository Old = new(7, "acme/old", Start);

    [Fact]
    public void Link_FirstWord_IsKeptWithItsEvent()
    {
        var repo = Linked();

        Assert.Equal(Old, repo.Github);
        var audit = Assert.Single(repo.Events);
        Assert.Equal(("repo.github_linked", Actors.Github, "7", "acme/old"),
            (audit.Type, audit.Actor, audit.Details["github_id"], audit.Details["github_name"]));
        Assert.Null(Link(repo, Old).Next);
    }

    [Theory]
    [InlineData(1, "acme/new")]
    [InlineData(0, "acme/new")]
    [InlineData(-1, null)]
    public void Link_OtherName_TakesTheEarliersPlaceOnly(int secondsLater, string? name)
    {
        var decision = Link(Linked(), new GithubRepository(7, "acme/new", Start.AddSeconds(secondsLater)));

        Assert.Null(decision.Refusal);
        Assert.Equal(name, decision.Next?.Github!.Name);
    }

    [Theory]
    [InlineData(Actors.Github, false)]
    [InlineData("admin:grace", true)]
    public void Link_OtherRepository_OnlyByAMaintainersWord(string actor, bool isTaken)
    {
        var decision = Link(Linked(), new GithubRepository(8, "acme/old", Start.AddDays(1)), actor);

        Assert.Equal(isTaken, decision.Refusal is null);
        Assert.Equal(isTaken ? 8 : null, decision.Next?.Github!.Id);
        if (isTaken) Assert.Equal("7", decision.Next!.Events[0].Details["github_id_before"]);
    }

    [Fact]
    public void Link_UnknownRepo_IsNotFound() => Assert.Equal(RefusalKind.NotFound, Link(new RepoState(), Old).Refusal!.Kind);

    private static RepoState Linked() =>
        Link(RepoAdmission.Upsert(new RepoState(), "acme/old", new RepoSettings(), [], Actors.Admin, Start).Next!, Old).Next!;

    private static Decision<RepoState> Link(RepoState state, GithubRepository github, string actor = Actors.Github) =>
        RepoAdmission.Link(state, github, [], actor, Start);
}
