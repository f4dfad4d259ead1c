using Xunit.Abstractions;

[assembly: TestCollectionOrderer("OwpPool.EndToEnd.Tests.LongestFirst", "OwpPool.EndToEnd.Tests")]

namespace OwpPool.EndToEnd.Tests;

/// <summary>Begins with the class that takes as long as half of the others together: one that long must not begin last, alone.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderByDescending(collection => collection.DisplayName.EndsWith(nameof(CrashTests), StringComparison.Ordinal));
}
