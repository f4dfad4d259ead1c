using System.Globalization;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>This test assembly, run as a program: as many rounds as asked for. See eng/crash.sh.</summary>
internal static class CrashProgram
{
    private const int DefaultRounds = 200;
    private const int DefaultWorkers = 50;
    private const int MostAnswers = 1500;

    public static async Task<int> Main(string[] arguments)
    {
        var numbers = arguments.Select(Number).ToList();
        if (numbers.Count > 3 || numbers.Contains(0))
        {
            await Console.Error.WriteLineAsync("Arguments: [ROUNDS [WORKERS [SEED]]], each a number from 1.");
            return 2;
        }
        var plan = new CrashPlan(At(0, DefaultRounds), At(1, DefaultWorkers),
            At(2, Random.Shared.Next(1, int.MaxValue)), MostAnswers);
        var folder = Directory.CreateTempSubdirectory("owp-crash-").FullName;
        var report = await new CrashRun(plan, folder, Console.Out).RunAsync();
        report.Print(Console.Out);
        if (report.Violations.Count > 0)
        {
            Console.WriteLine($"The database is kept in {folder}");
            return 1;
        }
        Directory.Delete(folder, recursive: true);
        return 0;

        static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

        int At(int index, int fallback) => index < numbers.Count ? numbers[index] : fallback;
    }
}
