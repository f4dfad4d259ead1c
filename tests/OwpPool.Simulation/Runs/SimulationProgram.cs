using System.Globalization;

namespace OwpPool.Simulation;

/// <summary>The command line of <c>eng/simulate.sh</c>.</summary>
internal static class SimulationProgram
{
    private const string Usage = """
        usage: eng/simulate.sh [COUNT] [--start SEED] [--ops N] [--threads N] [--keep-going] [--bytes]
                   run COUNT seeds (default 1,000) from SEED (default: at random); --bytes sends every call as bytes, as between silos
               eng/simulate.sh --seed SEED [--trace] [--ops N] [--bytes]
                   run one seed; --trace prints every step
        """;

    /// <returns>0: all promises held; 1: one did not; 2: the arguments are wrong.</returns>
    internal static int Run(string[] args)
    {
        var plan = new SeedBatch { Start = Random.Shared.Next(1, 1_000_000_000), Count = 1_000 };
        int? seed = null;
        var tracing = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--trace") tracing = true;
            else if (args[i] == "--keep-going") plan = plan with { KeepsGoing = true };
            else if (args[i] == "--bytes") plan = plan with { SendsBytes = true };
            else if (args[i] == "--seed" && Number(args, ++i) is { } one) seed = one;
            else if (args[i] == "--start" && Number(args, ++i) is { } start) plan = plan with { Start = start };
            else if (args[i] == "--ops" && Number(args, ++i) is { } operations) plan = plan with { Operations = operations };
            else if (args[i] == "--threads" && Number(args, ++i) is { } threads) plan = plan with { Threads = threads };
            else if (Number(args, i) is { } count) plan = plan with { Count = count };
            else return Refuse(args[Math.Min(i, args.Length - 1)]);
        }
        if (seed is { } single) return RunOne(single, plan, tracing);
        Console.WriteLine(plan.Describe());
        var outcome = plan.Run(Console.WriteLine);
        Console.WriteLine(outcome.Describe());
        return outcome.Failure is null ? 0 : 1;
    }

    private static int RunOne(int seed, SeedBatch plan, bool tracing)
    {
        var result = SeedRun.Run(seed, plan.Operations, tracing: true, plan.SendsBytes);
        foreach (var line in tracing ? result.Trace : result.Log.TakeLast(40)) Console.WriteLine(line);
        Console.WriteLine(result.Violation is { } violation
            ? FailureReport.Describe(result, violation, plan.Operations)
            : $"seed {seed}: {result.Operations} operations, {result.Commits} commits, {result.Grants} leases, "
                + $"history {result.Digest:x16}: all held");
        return result.Violation is null ? 0 : 1;
    }

    private static int? Number(string[] args, int index) =>
        index < args.Length && int.TryParse(args[index].Replace(",", "", StringComparison.Ordinal), NumberStyles.None,
            CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int Refuse(string argument)
    {
        Console.Error.WriteLine($"'{argument}' is not understood.\n{Usage}");
        return 2;
    }
}
