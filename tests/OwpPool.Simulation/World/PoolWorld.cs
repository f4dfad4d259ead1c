using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;

namespace OwpPool.Simulation;

/// <summary>The pool of one seed: the real grains on a simulated silo over a memory that survives it, and what can befall it.</summary>
internal sealed class PoolWorld : IDisposable
{
    /// <summary>Ten times what the busiest honest seed takes.</summary>
    private const int MostSteps = 600_000;

    private static readonly TimeSpan LongestSplit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan WakeRetry = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AfterSetBack = TimeSpan.FromMinutes(5);

    private readonly SimulatedSilo _silo;
    private readonly Dictionary<GrainId, SplitGrain> _splits = [];
    private readonly Dictionary<GrainId, TimeSpan> _diedSplit = [];
    private int _steps;
    private bool _crashPlanned;
    private TimeSpan _restartAt;
    private DateTimeOffset _latestNow;

    /// <summary>The providers live too briefly for the code that each would compile.</summary>
    static PoolWorld() => AppContext.SetSwitch("Microsoft.Extensions.DependencyInjection.DisableDynamicEngine", true);

    internal PoolWorld(int seed, WorldPlan plan, Dice dice, bool tracing, bool sendsBytes = false)
    {
        Plan = plan;
        Dice = dice;
        IsTracing = tracing;
        _silo = new SimulatedSilo(seed, configure: Configure, tracing: tracing, sendsBytes: sendsBytes);
        Begin("startup", WakeReposAsync);
        Begin("batches", () => BatchImport.ResumeAsync(this));
    }

    internal WorldPlan Plan { get; }

    internal Dice Dice { get; }

    internal PoolMemory Memory { get; } = new();

    internal SeededIds Ids { get; } = new();

    /// <summary>What was injected from outside; <see cref="AllFaults"/> has the simulator's own as well.</summary>
    internal FaultCounts Faults { get; } = new();

    internal bool IsTracing { get; }

    /// <summary>What clients did and what was committed, one line each; empty unless tracing.</summary>
    internal List<string> Log { get; } = [];

    internal IReadOnlyList<string> Trace => _silo.Trace;

    internal SimulationClock Clock => _silo.Clock;

    /// <summary>The wall clock as grains read it.</summary>
    internal DateTimeOffset Now => _silo.Clock.Now();

    /// <summary>The latest that the wall clock has ever shown: what was due by it stays due when the clock is set back.</summary>
    internal DateTimeOffset LatestNow => Now > _latestNow ? Now : _latestNow;

    internal TimeSpan Elapsed => _silo.Clock.Elapsed;

    /// <summary>Since when the silo runs without a break.</summary>
    internal TimeSpan UpSince { get; private set; }

    /// <summary>Until when what was promised before the wall clock was set back may last longer; null if it never was. Timers run on elapsed
    /// time: a clock that is set back by an hour puts off what looks at it by as much, and twice is two hours.</summary>
    internal TimeSpan? SetBackUntil { get; private set; }

    internal bool IsUp => _silo.IsAlive;

    internal HearingBoard Hearing => _silo.Services.GetRequiredService<HearingBoard>();

    internal SimulationScheduler Scheduler => _silo.Scheduler;

    /// <exception cref="ServerDownException">There is no server to call.</exception>
    internal IGrainFactory Grains => IsUp ? _silo.Grains : throw new ServerDownException();

    internal Task Begin(string name, Func<Task> client) => _silo.Begin(name, client);

    internal void Note(string line)
    {
        if (!IsTracing) return;
        Log.Add($"{Elapsed:hh\\:mm\\:ss\\.fff} {line}");
        _silo.Scheduler.Note($"    *** {line}");
    }

    /// <summary>One step, if anything can happen until then; a planned crash may be it.</summary>
    internal bool Step(TimeSpan until)
    {
        if (++_steps > MostSteps) throw new SimulationStuckException($"The seed has taken {MostSteps} steps: something turns in a circle.");
        RestartWhenDue();
        var stepped = _silo.Step(!IsUp && _restartAt < until ? _restartAt : until);
        if (_crashPlanned && !IsUp)
        {
            _crashPlanned = false;
            Note("--- crash");
            Faults.Add("crash");
            ForgetSplits();
            _restartAt = Elapsed + Dice.Within(Dice.Chance(0.7) ? TimeSpan.FromSeconds(3) : TimeSpan.FromSeconds(150));
        }
        if (stepped || IsUp || _restartAt >= until) return stepped;
        Clock.MoveTo(_restartAt);
        return true;
    }

    /// <summary>The process dies at one of the next steps and is started again after a while.</summary>
    internal void PlanCrash()
    {
        if (!IsUp || _crashPlanned) return;
        _crashPlanned = true;
        _silo.KillAfter(Dice.Between(1, 40));
    }

    /// <summary>A crash that was planned and has not come does not come.</summary>
    internal void CancelCrash()
    {
        _crashPlanned = false;
        _silo.KillAfter(int.MinValue);
    }

    /// <summary>The process is replaced at once.</summary>
    internal void Restart()
    {
        Note("--- restart");
        _crashPlanned = false;
        ForgetSplits();
        _silo.Restart();
        UpSince = Elapsed;
        Begin("startup", WakeReposAsync);
        Begin("batches", () => BatchImport.ResumeAsync(this));
    }

    internal void StepWallClock(TimeSpan by)
    {
        Note($"--- the wall clock steps by {by}");
        Faults.Add("clock step");
        _latestNow = LatestNow;
        Clock.StepWallClock(by);
        if (by < TimeSpan.Zero) SetBackUntil = (SetBackUntil > Elapsed ? SetBackUntil : Elapsed) - by + AfterSetBack;
    }

    /// <summary>Makes a second activation of the grain beside the first, for up to a minute.</summary>
    internal void Split(IAddressable grain)
    {
        if (!IsUp || _silo.Process.Find(grain.GetGrainId()) is not { } activation || !_silo.Split(grain)) return;
        Note($"--- two activations of {grain.GetGrainId()}");
        Faults.Add("second activation");
        if (!_splits.TryGetValue(grain.GetGrainId(), out var split)) _splits[grain.GetGrainId()] = split = new SplitGrain();
        split.Add(activation);
        Clock.CreateTimer(_ => activation.Deactivate(new(DeactivationReasonCode.DuplicateActivation, "The partition is over.")),
            null, Dice.Within(LongestSplit), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks which second activations nothing can come of any more.</summary>
    /// <returns>Whether any is left.</returns>
    internal bool AnySplit()
    {
        if (!IsUp) return false;
        foreach (var (grain, split) in _splits.ToList())
            if (!split.MayBeStale(_silo.Process.Find(grain), Elapsed)) _splits.Remove(grain);
        return _splits.Count > 0;
    }

    /// <summary>Whether some answer of the repo's grain may be out of date: it has two activations, or had two and the one that is left has
    /// not read its state since.</summary>
    internal bool WasRepoSplit(string repo) =>
        WasSplit(GrainNames.Repo, GrainNames.RepoKeyPrefix + Core.Shared.Names.CanonicalRepo(repo));

    /// <inheritdoc cref="WasRepoSplit"/>
    internal bool WasWorkerSplit(string workerId) => WasSplit(GrainNames.Worker, workerId);

    /// <inheritdoc cref="WasRepoSplit"/>
    internal bool WasTaskSplit(string taskId) => WasSplit(GrainNames.Task, taskId);

    /// <summary>Everything that was injected, by kind.</summary>
    internal FaultCounts AllFaults()
    {
        var (all, injected) = (new FaultCounts(), _silo.Scheduler.Injected);
        all.Add(Faults);
        all.Add("storage error before commit", injected.StorageFailedBefore);
        all.Add("storage error after commit", injected.StorageFailedAfter);
        all.Add("inner call delayed", injected.DelayedCalls);
        all.Add("inner reply lost", injected.DroppedReplies);
        all.Add("inner reply delayed", injected.DelayedReplies);
        all.Add("inner reply duplicated", injected.DuplicatedReplies);
        all.Add("read of many rows failed", injected.FailedReads);
        all.Add("slow turn", injected.TimePassed);
        return all;
    }

    public void Dispose() => _silo.Dispose();

    private bool WasSplit(string type, string key)
    {
        var id = GrainId.Create(type, key);
        // What was answered just before the process died may still be on its way.
        if (_diedSplit.TryGetValue(id, out var diedAt) && Elapsed - diedAt < SplitGrain.LateAnswer) return true;
        return _splits.TryGetValue(id, out var split) && (!IsUp || split.MayBeStale(_silo.Process.Find(id), Elapsed));
    }

    private void ForgetSplits()
    {
        foreach (var grain in _splits.Keys) _diedSplit[grain] = Elapsed;
        _splits.Clear();
    }

    private void RestartWhenDue()
    {
        if (!IsUp && Elapsed >= _restartAt) Restart();
    }

    private void Configure(IServiceCollection services)
    {
        services.AddSingleton<IIdSource>(Ids);
        services.AddSingleton<SupplyBoard>();
        services.AddSingleton<PoolBoard>();
        services.AddSingleton(Forges.Known);
        services.AddSingleton<GrainInstruments>();
        services.AddSingleton<HearingBoard>();
        services.AddSingleton(Options.Create(Plan.Lease));
        services.AddSingleton(Options.Create(Plan.Offer));
        services.AddSingleton(Options.Create(Plan.Worker));
        services.AddSingleton(Options.Create(Plan.Review));
        services.AddSingleton(Options.Create(new MatchingOptions()));
        services.AddSingleton<IPoolReader>(provider => new MemoryReader(
            Memory, provider.GetRequiredService<SimulationScheduler>(), provider.GetRequiredService<HearingBoard>(), Plan.Worker.ToRules()));
        services.AddSimulatedStorage(GrainNames.Storage, Memory);
    }

    /// <summary>As the server does when it starts: every repo is woken, and one that fails is tried again.</summary>
    private async Task WakeReposAsync()
    {
        var upSince = UpSince;
        var asleep = Memory.Repos.Keys.ToList();
        while (asleep.Count > 0 && IsUp && UpSince == upSince)
        {
            foreach (var repo in asleep.ToList())
            {
                try
                {
                    await Grains.GetRepo(repo).WakeAsync();
                    asleep.Remove(repo);
                }
                catch (Exception exception)
                {
                    Note($"waking {repo} failed: {exception.Message}");
                }
            }
            if (asleep.Count > 0) await Task.Delay(WakeRetry, Clock);
        }
    }
}

/// <summary>The connection is refused: the request has certainly had no effect.</summary>
internal sealed class ServerDownException() : Exception("The server is down.");
