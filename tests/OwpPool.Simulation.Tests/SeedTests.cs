using System.Globalization;

namespace OwpPool.Simulation.Tests;

/// <summary>10,000 seeds of 500 operations, in batches: on the busiest machine none runs so long that it looks like one that
/// hangs.</summary>
/// <remarks>OWP_SIMULATION_SEEDS sets another number of seeds. The first seed is fixed, so that a build that is red stays red until it is
/// mended; <c>eng/simulate.sh</c> begins somewhere else each time.</remarks>
public sealed class SeedTests(SeedTotals totals) : IClassFixture<SeedTotals>
{
    private const int Batches = 100;
    private const int FirstSeed = 1;

    public static TheoryData<int> BatchNumbers => [.. Enumerable.Range(0, Batches)];

    [Theory]
    [MemberData(nameof(BatchNumbers))]
    public void Seeds_UnderFaults_KeepEveryPromise(int batch)
    {
        var seeds = Environment.GetEnvironmentVariable("OWP_SIMULATION_SEEDS") is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 10_000;
        var count = Math.Max(1, seeds / Batches);
        var report = new List<string>();

        var outcome = new SeedBatch { Start = FirstSeed + (batch * count), Count = count }.Run(report.Add);

        totals.Add(outcome);
        Assert.True(outcome.Failure is null, string.Join('\n', report));
    }
}
