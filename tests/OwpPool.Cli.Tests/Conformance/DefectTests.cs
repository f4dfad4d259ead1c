namespace OwpPool.Cli.Tests.Conformance;

/// <summary>Each thing that a server may get wrong is named by the check that requires it.</summary>
public sealed class DefectTests(ConformanceServer server) : IClassFixture<ConformanceServer>
{
    public static TheoryData<string> Planted => [.. Defects.All.Keys];

    [Theory]
    [MemberData(nameof(Planted))]
    public async Task Conformance_PlantedDefect_IsNamedWithWhatWasSentExpectedAndGot(string defect)
    {
        var (check, only, make) = Defects.All[defect];
        await using var wrong = DefectiveServer.Start(server.Pool.Address, make());

        var (result, report) = await ConformanceServer.ReportAsync(wrong.Address, "--only", only, "--timeout", "5");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains(check, ConformanceServer.Ids(report, "failed"));
        var failure = report["checks"]!.AsArray().Single(one => (string?)one!["id"] == check)!;
        Assert.All(["sent", "expected", "got"], part => Assert.False(string.IsNullOrWhiteSpace((string?)failure[part]), part));
    }

    [Fact]
    public async Task Conformance_NoDefect_PassesTheSameChecks()
    {
        await using var right = DefectiveServer.Start(server.Pool.Address, Defects.None);

        foreach (var only in Defects.All.Values.Select(defect => defect.Only).Distinct())
        {
            var (result, report) = await ConformanceServer.ReportAsync(right.Address, "--only", only);
            Assert.True(result.ExitCode == ExitCodes.Done, $"{only}: {string.Join(", ", ConformanceServer.Ids(report, "failed"))}");
        }
    }
}
