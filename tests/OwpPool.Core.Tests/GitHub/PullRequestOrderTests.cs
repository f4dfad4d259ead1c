using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Tests.Tasks;

namespace OwpPool.Core.Tests.GitHub;

/// <summary>The same story of a pull request in every order, also twice: where the task ends depends on what GitHub said last alone. A signal
/// is <c>what@second</c>.</summary>
public sealed class PullRequestOrderTests
{
    private const string Url = "https://github.com/acme/site/pull/7";

    [Theory]
    [InlineData("opened@0 changes@1 review_requested@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 review_requested@1 changes@2", TaskPhase.InProgress)]
    [InlineData("opened@0 changes@0", TaskPhase.InProgress)]
    [InlineData("opened@0 review_requested@1 changes@1", TaskPhase.InProgress)]
    [InlineData("opened@0 changes@1 edited@2", TaskPhase.InProgress)]
    [InlineData("opened@0 edited@1 changes@2 edited@3 review_requested@4", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1", TaskPhase.Ready)]
    [InlineData("opened@0 closed@0", TaskPhase.Ready)]
    [InlineData("opened@0 closed@1 reopened@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1 reopened@1", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1 reopened@2 closed@3", TaskPhase.Ready)]
    [InlineData("opened@0 closed@1 reopened@2 closed@2", TaskPhase.Ready)]
    [InlineData("opened@0 closed@1 edited@3 reopened@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1 reopened@2 changes@3", TaskPhase.InProgress)]
    [InlineData("opened@0 changes@1 closed@2", TaskPhase.Ready)]
    [InlineData("opened@0 changes@1 closed@2 reopened@3", TaskPhase.PrOpened)]
    [InlineData("opened@0 draft@1", TaskPhase.InProgress)]
    [InlineData("opened@0 draft@1 ready@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 draft@1 ready@1", TaskPhase.PrOpened)]
    [InlineData("opened@0 draft@1 ready@2 draft@3", TaskPhase.InProgress)]
    [InlineData("opened@0 draft@1 closed@2 reopened@3 ready@4", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1 merged@2", TaskPhase.Merged)]
    [InlineData("opened@0 merged@1 closed@1", TaskPhase.Merged)]
    [InlineData("opened@0 changes@1 merged@2", TaskPhase.Merged)]
    [InlineData("opened@0 closed@1 reopened@2 changes@3 merged@4", TaskPhase.Merged)]
    public void AnyOrder_TheOpeningHeardFirst_EndsAsGitHubSaidLast(string story, TaskPhase expected)
    {
        var signals = story.Split(' ').Select(Read).ToArray();
        foreach (var order in OrdersOf(signals[1..]))
        {
            PullRequestSignal[] once = [signals[0], .. order];
            foreach (var told in new[] { once, [.. once.SelectMany(each => new[] { each, each with { } })] })
            {
                var task = told.Aggregate((Given.Leased(), (PullRequestStory?)null), (known, signal) => Tell(known.Item1, known.Item2, signal)).Item1;
                Assert.True(expected == task.Phase, $"{string.Join(' ', told.Select(Text))} ends {task.Phase}");
                Assert.Equal(expected is TaskPhase.Ready ? null : Given.Holder, task.WorkerId);
            }
        }
    }

    [Theory]
    [InlineData("opened@0 changes@1", TaskPhase.InProgress)]
    [InlineData("opened@0 draft@1 ready@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 changes@1 review_requested@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 closed@1 reopened@2", TaskPhase.PrOpened)]
    [InlineData("opened@0 changes@1 merged@2", TaskPhase.Merged)]
    public void AnyOrder_TheOpeningHeardAtAnyTime_EndsAsGitHubSaidLast(string story, TaskPhase expected)
    {
        foreach (var order in OrdersOf([.. story.Split(' ').Select(Read)]))
        {
            var task = order.Aggregate((Given.Leased(), (PullRequestStory?)null), (known, signal) => Tell(known.Item1, known.Item2, signal)).Item1;
            Assert.True(expected == task.Phase, $"{string.Join(' ', order.Select(Text))} ends {task.Phase}");
        }
    }

    [Fact]
    public void Asked_InTheSecondOfTheClosing_TellsHowItStands()
    {
        var closed = PullRequestStory.Begin(Read("opened@0")).With(Read("closed@1"));

        var asked = closed.With(Read("edited@1") with { IsAsked = true });

        Assert.True(asked.Latest.IsOpen);
        Assert.True(asked.NewsSince(closed).AsksForReview);
        // The same words of a delivery are of before the closing.
        Assert.False(closed.With(Read("edited@1")).Latest.IsOpen);
    }

    [Fact]
    public void Demand_NobodyWasTold_StandsUntilReviewIsAskedFor()
    {
        var story = PullRequestStory.Begin(Read("changes@1")).With(Read("edited@2"));

        Assert.True(story.NewsSince(story).ChangesRequested);
        Assert.False((story with { ToldDemandAt = story.Demand!.UpdatedAt }).NewsSince(story).ChangesRequested);
        Assert.Null(story.With(Read("review_requested@3")).StandingDemand);
    }

    /// <summary>As the server tells a task what GitHub has said.</summary>
    private static (TaskState, PullRequestStory?) Tell(TaskState task, PullRequestStory? before, PullRequestSignal signal)
    {
        var story = before?.With(signal) ?? PullRequestStory.Begin(signal);
        var news = story.NewsSince(before);
        for (var round = 0; round < 4; round++)
        {
            var former = PullRequestRules.IsOfFormer(news, task) ? task.Former!.WorkerId : null;
            var meaning = former is null ? PullRequestRules.MeaningFor(news, task) : PullRequestRules.MeaningForFormer(news, task, former);
            if (meaning is not { } move) break;
            var command = new TaskCommand.Review(Actors.Github, move, former ?? task.WorkerId, new Artifact { PrUrl = news.PrUrl }, null, Given.Ttl,
                HoldsArea: true, IsFormer: former is not null);
            if (TaskLifecycle.Decide(task, command, Given.Soon).Next is not { } next) break;
            task = next;
        }
        return (task, story.StandingDemand is { } demand ? story with { ToldDemandAt = demand.UpdatedAt } : story);
    }

    private static PullRequestSignal Read(string text)
    {
        var (what, second) = text.Split('@') is [var name, var at] ? (name, int.Parse(at, System.Globalization.CultureInfo.InvariantCulture)) : ("", 0);
        var open = new PullRequestSignal
        {
            PrUrl = Url, Repo = "acme/site", IsOpen = true, NamedTask = Given.TaskId, UpdatedAt = Given.Start.AddSeconds(second),
        };
        return what switch
        {
            "opened" or "review_requested" => open with { AsksForReview = true },
            "reopened" => open with { AsksForReview = true, IsReopened = true },
            "ready" => open with { AsksForReview = true, IsMadeReady = true },
            "draft" => open with { ChangesRequested = true, IsDraft = true },
            "changes" => open with { ChangesRequested = true, Sender = "grace" },
            "closed" => open with { IsOpen = false },
            "merged" => open with { IsOpen = false, IsMerged = true },
            _ => open,
        };
    }

    private static string Text(PullRequestSignal signal) => $"{(signal.IsMerged ? "merged" : !signal.IsOpen ? "closed"
        : signal.ChangesRequested ? signal.IsDraft ? "draft" : "changes" : signal.IsReopened ? "reopened" : signal.IsMadeReady ? "ready"
        : signal.AsksForReview ? "asked" : "edited")}@{(signal.UpdatedAt - Given.Start).TotalSeconds}";

    private static IEnumerable<PullRequestSignal[]> OrdersOf(PullRequestSignal[] signals) => signals.Length < 2 ? [signals]
        : signals.SelectMany((first, index) => OrdersOf([.. signals.Where((_, other) => other != index)]).Select(rest => (PullRequestSignal[])[first, .. rest]));
}
