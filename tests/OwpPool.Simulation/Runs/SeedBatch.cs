using System.Diagnostics;
using System.Globalization;

namespace OwpPool.Simulation;

/// <summary>Many seeds, one simulator a thread.</summary>
internal sealed record SeedBatch
{
    internal const int DefaultOperations = 500;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    internal required int Start { get; init; }

    internal required int Count { get; init; }

    internal int Operations { get; init; } = DefaultOperations;

    internal int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 2);

    /// <summary>Whether to go on after a failure, to see what else fails.</summary>
    internal bool KeepsGoing { get; init; }

    /// <summary>Whether every call goes as bytes, as between two silos: slower, the same history.</summary>
    internal bool SendsBytes { get; init; }

    internal string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Count:n0} seeds from {Start} x {Operations} operations on {Threads} threads");

    /// <summary>Runs until all are done or one fails.</summary>
    internal BatchOutcome Run(Action<string> report)
    {
        var outcome = new BatchOutcome(this);
        var next = 0;
        var lastReport = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(Work)).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        outcome.Took = clock.Elapsed;
        if (outcome.Failure is { Violation: { } first } failed && !KeepsGoing)
            report(FailureReport.DescribeAtLength(failed, first, Operations));
        return outcome;

        void Work()
        {
            while ((outcome.Failure is null || KeepsGoing) && Interlocked.Increment(ref next) is var number && number <= Count)
            {
                var result = SeedRun.Run(Start + number - 1, Operations, sendsBytes: SendsBytes);
                lock (outcome)
                {
                    outcome.Add(result);
                    if (KeepsGoing && result.Violation is { } violation) report(FailureReport.Describe(result, violation, Operations));
                    if (clock.Elapsed - lastReport < ProgressInterval) continue;
                    lastReport = clock.Elapsed;
                    outcome.Took = lastReport;
                    report(outcome.Progress());
                }
            }
        }
    }
}

/// <summary>What a batch came to.</summary>
internal sealed class BatchOutcome(SeedBatch batch)
{
    private readonly FaultCounts _faults = new();
    private int _seeds;
    private long _operations;
    private long _grants;
    private long _commits;

    /// <summary>The failed seed with the lowest number that was seen.</summary>
    internal SeedResult? Failure { get; private set; }

    internal TimeSpan Took { get; set; }

    internal int Seeds => _seeds;

    internal void Add(SeedResult result)
    {
        _seeds++;
        _operations += result.Operations;
        _grants += result.Grants;
        _commits += result.Commits;
        _faults.Add(result.Faults);
        if (result.Violation is not null && (Failure is null || result.Seed < Failure.Seed)) Failure = result;
    }

    /// <summary>Adds another batch, run after this one.</summary>
    internal void Add(BatchOutcome later)
    {
        _seeds += later._seeds;
        _operations += later._operations;
        _grants += later._grants;
        _commits += later._commits;
        _faults.Add(later._faults);
        Took += later.Took;
        Failure ??= later.Failure;
    }

    internal string Progress() => string.Create(CultureInfo.InvariantCulture,
        $"{_seeds:n0} of {batch.Count:n0} seeds, {_seeds / Took.TotalSeconds:n1} seeds/s");

    /// <summary>Whether to go on after a failure, to see what else fails.</summary>
    internal bool KeepsGoing { get; init; }

    private string Done => string.Create(CultureInfo.InvariantCulture, $"{_grants:n0} leases, {_commits:n0} commits");

    internal string Describe()
    {
        var faults = _faults.All.Select(fault => string.Create(CultureInfo.InvariantCulture, $"{fault.Key} {fault.Value:n0}"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            {_seeds:n0} seeds in {Took.TotalSeconds:n1} s: {_seeds / Took.TotalSeconds:n1} seeds/s, {_operations:n0} operations, {Done}
            faults injected: {string.Join(", ", faults)}
            {(Failure is null ? "all invariants held" : "AN INVARIANT DID NOT HOLD, see above")}
            """);
    }
}
