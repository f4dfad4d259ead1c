namespace OwpPool.Core.Analytics;

/// <summary>What holds the work up, by stated rules.</summary>
public static class Bottlenecks
{
    /// <summary>Finished work waits for review longer than anything else takes.</summary>
    public const string CodeReview = "code_review";

    /// <summary>Tasks wait for a worker longer than anything else takes.</summary>
    public const string Workers = "workers";

    /// <summary>Before the name of a skill that ready tasks ask for and no worker that is online has.</summary>
    public const string SkillPrefix = "skills:";

    /// <summary>The bottlenecks, the stage first, then skills in order.</summary>
    /// <param name="ready">Waits in ready.</param>
    /// <param name="hands">Time in a worker's hands: that it takes longest holds nothing up.</param>
    /// <param name="review">Waits in pr_opened. As long as those in ready: review, for more workers would only add to it.</param>
    /// <param name="wanted">What each of some ready tasks asks for, as compared.</param>
    /// <param name="known">Skills of the workers that are online, as compared.</param>
    public static IReadOnlyList<string> Find(
        Waits ready, Waits hands, Waits review, IEnumerable<string> wanted, IReadOnlySet<string> known)
    {
        var found = new List<string>();
        var longest = Math.Max(ready.MeanSeconds, Math.Max(hands.MeanSeconds, review.MeanSeconds));
        if (longest > 0 && longest > hands.MeanSeconds) found.Add(review.MeanSeconds == longest ? CodeReview : Workers);
        found.AddRange(wanted.Where(skill => !known.Contains(skill)).Distinct().Order(StringComparer.Ordinal).Select(skill => SkillPrefix + skill));
        return found;
    }
}
