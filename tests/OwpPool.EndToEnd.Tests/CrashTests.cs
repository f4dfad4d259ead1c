using OwpPool.EndToEnd.Tests.Crash;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests;

/// <summary>SIGKILL in the middle of load, again and again: every acknowledged answer is there afterwards. eng/crash.sh does the same for
/// longer.</summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("owp-crash-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kill_AgainAndAgainUnderLoad_LosesNothingAcknowledgedAndBreaksNoPromise()
    {
        using var printed = new StringWriter();
        var plan = new CrashPlan(Rounds: 20, Workers: 50, Seed: Random.Shared.Next(), MostAnswers: 400);
        try
        {
            var report = await new CrashRun(plan, _folder, printed).RunAsync();
            report.Print(printed);
            Assert.True(report.Violations.Count == 0, printed.ToString());
        }
        finally
        {
            output.WriteLine(printed.ToString());
        }
    }
}
