using OwpPool.Core.GitHub;
using OwpPool.Core.Tasks;
using OwpPool.Core.Tests.Tasks;

namespace OwpPool.Core.Tests.GitHub;

public sealed class PullRequestRulesTests
{
    private const string Url = "https://github.com/acme/site/pull/7";
    private static readonly DateTimeOffset At = Given.Start;

    [Theory]
    [InlineData("https://github.com/acme/site/pull/7", "https://github.com/acme/site/pull/7")]
    [InlineData("HTTPS://GitHub.com/Acme/Site/pull/7", "https://github.com/Acme/Site/pull/7")]
    [InlineData("https://github.com/acme/site/pull/7/files?w=1#diff", "https://github.com/acme/site/pull/7")]
    [InlineData("https://github.com/acme/site/pull/7/", "https://github.com/acme/site/pull/7")]
    [InlineData("https://github.com/acme/site/pull/0", null)]
    [InlineData("https://github.com/acme/site/pull/-7", null)]
    [InlineData("https://github.com/acme/site/pull/99999999999", null)]
    [InlineData("https://github.com/acme/site/issues/7", null)]
    [InlineData("https://github.com/acme/pull/7", null)]
    [InlineData("http://github.com/acme/site/pull/7", null)]
    [InlineData("https://github.com//site/pull/7", null)]
    [InlineData("", null)]
    public void TryParse_Address_IsCanonical(string text, string? address) =>
        Assert.Equal(address, PullRequestUrl.TryParse(text, out var url) ? url.Address : null);

    [Theory]
    [InlineData("https://github.com/Acme/Site/pull/7/commits", "https://github.com/acme/site/pull/7")]
    [InlineData("https://gitlab.com/Acme/Site/-/merge_requests/7/", "https://gitlab.com/acme/site/-/merge_requests/7")]
    public void KeyOf_Spellings_AreOne(string address, string key) => Assert.Equal(key, PullRequestUrl.KeyOf(address));

    [Theory]
    [InlineData("owp/t_abc", null, "t_abc")]
    [InlineData("owp/t_abc/fix-the-roof", null, "t_abc")]
    [InlineData("owp/t_abc", "owp: t_other", "t_abc")]
    [InlineData("my-owp/t_abc", null, null)]
    [InlineData("owp/w_abc", null, null)]
    [InlineData("owp/t_abc.lock", null, null)]
    [InlineData("fix", "Mends it.\r\n\r\nowp: t_abc\r\n", "t_abc")]
    [InlineData("fix", "OWP:\tt_abc", "t_abc")]
    [InlineData("fix", "see owp: t_abc", null)]
    [InlineData("fix", "owp: t_abc and more", null)]
    [InlineData("fix", "owp: t_abc\nowp: t_abc", "t_abc")]
    [InlineData("fix", "owp: t_abc\nowp: t_def", null)]
    [InlineData("fix", "owp: t_", null)]
    [InlineData("fix", null, null)]
    [InlineData(null, null, null)]
    public void NamedTask_BranchOrLine_NamesOne(string? branch, string? text, string? taskId) =>
        Assert.Equal(taskId, PullRequestRules.NamedTask(branch, text));

    [Fact]
    public void NamedTask_IdTooLong_IsNone() => Assert.Null(PullRequestRules.NamedTask($"owp/t_{new string('x', 63)}", null));

    [Theory]
    [InlineData("ada", "ada", "fix", false, true)]
    [InlineData("Ada", " @aDA", "fix", false, true)]
    [InlineData("eve", "ada", "owp/t_1", true, false)]
    [InlineData("eve", null, "fix", true, false)]
    [InlineData("eve", " ", "owp/t_1", false, false)]
    [InlineData("eve", null, "owp/t_1", true, true)]
    [InlineData("eve", null, "owp/t_2", true, false)]
    [InlineData(null, "ada", "owp/t_1/again", true, true)]
    [InlineData(null, "ada", "fix", true, false)]
    public void IsHolders_ByAuthorOrByABranchOfTheRepoItself(string? author, string? handle, string branch, bool isOwnBranch, bool expected)
    {
        var signal = Signal(open: true) with { Author = author, Branch = branch, IsOwnBranch = isOwnBranch };

        Assert.Equal(expected, PullRequestRules.IsHolders(signal, new TaskState { TaskId = "t_1" }, handle));
    }

    [Fact]
    public void IsHolders_ShownOnce_StaysShownForThatPullRequest()
    {
        var signal = Signal(open: true) with { Author = null };
        var task = new TaskState { TaskId = "t_1", ReviewConfirmedBy = "github", Artifact = new Artifact { PrUrl = signal.PrUrl } };

        Assert.True(PullRequestRules.IsHolders(signal, task, "ada"));
        Assert.False(PullRequestRules.IsHolders(signal, task with { ReviewConfirmedBy = null }, "ada"));
    }

    [Theory]
    [InlineData("open", TaskPhase.Leased, ReviewMove.Opened)]
    [InlineData("open", TaskPhase.Blocked, ReviewMove.Opened)]
    [InlineData("open", TaskPhase.Ready, ReviewMove.Opened)]
    [InlineData("open", TaskPhase.PrOpened, ReviewMove.Opened)]
    [InlineData("open", TaskPhase.Merged, null)]
    [InlineData("open", TaskPhase.Cancelled, null)]
    [InlineData("draft", TaskPhase.InProgress, null)]
    [InlineData("draft", TaskPhase.PrOpened, null)]
    [InlineData("changes", TaskPhase.PrOpened, ReviewMove.ChangesRequested)]
    [InlineData("changes", TaskPhase.InProgress, ReviewMove.Opened)]
    [InlineData("closed", TaskPhase.PrOpened, ReviewMove.Rejected)]
    [InlineData("closed", TaskPhase.InProgress, null)]
    [InlineData("closed", TaskPhase.Merged, ReviewMove.Rejected)]
    [InlineData("merged", TaskPhase.Leased, ReviewMove.Opened)]
    [InlineData("merged", TaskPhase.PrOpened, ReviewMove.Merged)]
    [InlineData("merged", TaskPhase.Merged, ReviewMove.Merged)]
    [InlineData("merged", TaskPhase.Ready, ReviewMove.Merged)]
    public void MeaningFor_SignalAndPhase_IsOneMove(string what, TaskPhase phase, ReviewMove? move)
    {
        var signal = what switch
        {
            "open" => Signal(open: true),
            "draft" => Signal(open: true) with { IsDraft = true },
            "changes" => Signal(open: true) with { ChangesRequested = true },
            "closed" => Signal(open: false),
            _ => Signal(open: false, merged: true),
        };
        Assert.Equal(move, PullRequestRules.MeaningFor(signal, Given.In(phase)));
    }

    [Fact]
    public void MeaningFor_StillOpenAfterChangesWereRequested_IsNoNewsUntilReviewIsAskedFor()
    {
        var sentBack = Given.Leased().Then(Given.Review(ReviewMove.Opened, artifact: new Artifact { PrUrl = Url }), Given.Soon)
            .Then(Given.Review(ReviewMove.ChangesRequested), Given.Soon);

        Assert.Null(PullRequestRules.MeaningFor(Signal(open: true), sentBack));
        Assert.Equal(ReviewMove.Opened, PullRequestRules.MeaningFor(Signal(open: true) with { AsksForReview = true }, sentBack));
        Assert.Equal(ReviewMove.Opened, PullRequestRules.MeaningFor(Signal(open: true) with { PrUrl = Url + "1" }, sentBack));
    }

    [Fact]
    public void MeaningFor_MergeThatIsConfirmed_IsNothing() => Assert.Null(PullRequestRules.MeaningFor(
        Signal(open: false, merged: true), Given.In(TaskPhase.PrOpened).Then(Given.Review(ReviewMove.Merged), Given.Soon)));

    [Theory]
    [InlineData("OWNER", true)]
    [InlineData("MEMBER", true)]
    [InlineData("COLLABORATOR", true)]
    [InlineData("CONTRIBUTOR", false)]
    [InlineData("NONE", false)]
    [InlineData(null, false)]
    public void IsMaintainer_Association_IsOneThatMayWrite(string? association, bool may) =>
        Assert.Equal(may, PullRequestRules.IsMaintainer(association));

    private static PullRequestSignal Signal(bool open, bool merged = false) =>
        new() { PrUrl = Url, Repo = "acme/site", IsOpen = open, IsMerged = merged, UpdatedAt = At };
}
