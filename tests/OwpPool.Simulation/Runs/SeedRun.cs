using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>What a seed came to.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Violation">Null when every promise held.</param>
/// <param name="Operations">Requests made.</param>
/// <param name="Grants">Leases granted.</param>
/// <param name="Commits">Writes committed.</param>
/// <param name="Digest">Equal for equal histories.</param>
/// <param name="Faults">What was injected.</param>
/// <param name="Log">What clients did and what was stored; empty unless traced.</param>
/// <param name="Trace">Every step; empty unless traced.</param>
internal sealed record SeedResult(
    int Seed, Violation? Violation, int Operations, int Grants, int Commits, ulong Digest, FaultCounts Faults, IReadOnlyList<string> Log,
    IReadOnlyList<string> Trace);

/// <summary>One seed: a phase of traffic and faults, then one in which everything must come to rest.</summary>
internal sealed class SeedRun : IDisposable
{
    /// <summary>What befalls each call of a grain, each reply and each storage operation. The promised rates are per operation of a client,
    /// and of these an operation makes several (reminders and timers included): so 100 operations come to 4 replies between grains that are
    /// lost, 7 that are late, 4 that come twice, 2 late calls, 2 states that were not stored or read, 3 that were and report failure, and
    /// 10 failed reads of many rows. On top of them <see cref="Clients"/> loses 10 % of the replies to clients, sends 10 % of the requests
    /// twice and delays 20 %.</summary>
    private static readonly SimulationFaults Faults = new()
    {
        DelayCall = 0.005,
        DropReply = 0.01,
        DelayReply = 0.02,
        DuplicateReply = 0.01,
        StorageFailsBefore = 0.015,
        StorageFailsAfter = 0.027,
        TimePasses = 0.01,
    };

    /// <summary>What befalls the whole, per operation: 1 % crashes, 0.1 % clock steps, 1 % second activations. A crash of a silo that is
    /// down and a second activation of a grain that sleeps come to nothing, so they are drawn a little more often.</summary>
    private const double Crash = 0.0105;

    /// <inheritdoc cref="Crash"/>
    private const double ClockStep = 0.001;

    /// <inheritdoc cref="Crash"/>
    private const double SecondActivation = 0.0118;

    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(30);

    private readonly int _seed;
    private readonly PoolWorld _world;
    private readonly PoolChecker _checker;
    private readonly Traffic _traffic;
    private readonly Clients _clients;
    private readonly OutcomeDelivery _delivery;
    private readonly Dice _dice;
    private int _operations;

    private SeedRun(int seed, bool tracing, bool sendsBytes)
    {
        _seed = seed;
        _dice = new Dice(seed);
        _world = new PoolWorld(seed, WorldPlan.Draw(_dice), _dice, tracing, sendsBytes);
        _checker = new PoolChecker(_world);
        var imports = new BatchImport(_world);
        _traffic = new Traffic(_world, imports);
        _clients = new Clients(_world, _checker, imports);
        _delivery = new OutcomeDelivery(_world);
    }

    internal static SeedResult Run(int seed, int operations, bool tracing = false, bool sendsBytes = false)
    {
        using var run = new SeedRun(seed, tracing, sendsBytes);
        try
        {
            run.Disturb(operations);
            if (run._checker.Violation is null) run.ComeToRest();
        }
        catch (SimulationStuckException stuck)
        {
            run._checker.Fail("I8", stuck.Message);
        }
        catch (Exception exception)
        {
            run._checker.Fail("simulation", exception.ToString());
        }
        return new SeedResult(seed, run._checker.Violation, run._operations, run._checker.Grants, run._world.Memory.Commits,
            run._checker.Digest, run._world.AllFaults(), run._world.Log, run._world.Trace);
    }

    public void Dispose() => _world.Dispose();

    private void Disturb(int operations)
    {
        _world.Scheduler.Faults = Faults;
        while (_operations < operations && _checker.Violation is null)
        {
            if (_clients.InFlight < 8 && _traffic.Draw() is { } operation)
            {
                _operations++;
                Befall();
                _ = _clients.Begin(operation);
            }
            if (_dice.Chance(0.05) && _world.IsUp) _ = _world.Begin("outcomes", _delivery.RunAsync);
            GoOn();
            _world.AnySplit();
            _checker.CheckDeadlines(_traffic.Workers);
        }
    }

    private void Befall()
    {
        if (_dice.Chance(Crash)) _world.PlanCrash();
        if (_dice.Chance(ClockStep)) _world.StepWallClock(TimeSpan.FromHours(_dice.Chance(0.5) ? 1 : -1));
        if (_dice.Chance(SecondActivation) && _world.IsUp) SplitOne();
        if (_dice.Chance(0.02) && _traffic.Workers.Count > 0)
        {
            var worker = _dice.Of(_traffic.Workers);
            worker.SilentUntil = _world.Elapsed + _dice.Within(TimeSpan.FromSeconds(3 * _world.Plan.Worker.HeartbeatTtlSeconds));
        }
    }

    private void SplitOne()
    {
        var grains = _world.Grains;
        var tasks = _world.Memory.Tasks.Keys.ToList();
        switch (_dice.Weighed([50, 25, 25]))
        {
            case 0: _world.Split(grains.GetRepo(_dice.Of(_world.Plan.Repos))); break;
            case 1 when _traffic.Workers.Count > 0: _world.Split(grains.GetWorker(_dice.Of(_traffic.Workers).Id)); break;
            case 2 when tasks.Count > 0: _world.Split(grains.GetTask(_dice.Chance(0.3) ? _dice.Of(tasks) : OneInHand(tasks))); break;
        }
    }

    /// <summary>A task of which more is to be heard soon: an overtaken activation of another harms nobody.</summary>
    private string OneInHand(List<string> tasks)
    {
        var inHand = _traffic.Workers.SelectMany(worker => worker.UnderReview.Concat(worker.Believed)).Select(lease => lease.TaskId).ToList();
        return _dice.Of(inHand.Count > 0 ? inHand : tasks);
    }

    /// <summary>Lets things happen: mostly a few steps, so that requests meet in the middle; now and then time goes by.</summary>
    private void GoOn()
    {
        switch (_dice.Weighed([60, 25, 12, 3]))
        {
            case 0:
                for (var steps = _dice.Between(1, 40); steps > 0 && _checker.Violation is null; steps--)
                    if (!_world.Step(_world.Elapsed)) break;
                break;
            case 1: RunFor(_dice.Within(TimeSpan.FromSeconds(2))); break;
            case 2: RunFor(_dice.Within(TimeSpan.FromSeconds(30))); break;
            default: RunFor(_dice.Within(TimeSpan.FromMinutes(3))); break;
        }
    }

    private void RunFor(TimeSpan span)
    {
        var until = _world.Elapsed + span;
        while (_checker.Violation is null && _world.Step(until))
        {
        }
        _world.Clock.MoveTo(until);
    }

    private void ComeToRest()
    {
        _world.Note("--- no more faults");
        _world.Scheduler.Faults = SimulationFaults.None;
        _clients.NetworkIsBad = false;
        _world.CancelCrash();
        RunFor(SettlingTime);
        // An activation that outlives another may believe what that one has changed, until something makes it read again.
        if (_dice.Chance(0.5) || !_world.IsUp || _world.AnySplit()) _world.Restart();
        var active = _traffic.Workers.Where(worker => !_dice.Chance(0.2) && KnowsItsToken(worker)).ToList();
        var oracle = new RestOracle(_world);
        var until = (_world.SetBackUntil > _world.Elapsed ? _world.SetBackUntil.Value : _world.Elapsed) + LongestRest + oracle.LongestWait();
        var wait = TimeSpan.FromSeconds(5);
        while (_checker.Violation is null)
        {
            var commits = _checker.TaskCommits;
            foreach (var worker in active) RunUntilEnded(Cooperate(worker));
            if (_checker.Violation is not null) return;
            _checker.CheckDeadlines(_traffic.Workers, TimeSpan.FromSeconds(35) + wait);
            var stuck = oracle.Stuck(active).ToList();
            if (stuck.Count == 0 && !oracle.AnyRests()) break;
            if (stuck.Count > 0 && _world.Elapsed > until)
            {
                var beliefs = new List<string>();
                RunUntilEnded(_world.Begin("auditor", () => LookAtReposAsync(judges: false, beliefs.Add)));
                _checker.Fail("I8", $"{string.Join("; ", stuck)} ({string.Join("; ", beliefs)})");
                return;
            }
            wait = _checker.TaskCommits > commits ? TimeSpan.FromSeconds(5) : Min(wait * 2, TimeSpan.FromMinutes(2));
            RunFor(wait);
        }
        // The first look wakes repos that had gone to rest; what they are in doubt of they have asked by the second.
        RunUntilEnded(_world.Begin("auditor", () => LookAtReposAsync(judges: false)));
        RunFor(SettlingTime);
        RunUntilEnded(_world.Begin("auditor", () => LookAtReposAsync(judges: true)));
        RunUntilEnded(_world.Begin("outcomes", _delivery.RunAsync));
        if (_checker.Violation is null) _checker.CheckReputations(_delivery);
        if (_checker.Violation is null) _checker.CheckBatches();
    }

    /// <summary>A good worker's round: says that it lives, takes all it can, brings it to the end.</summary>
    private Task Cooperate(SimulatedWorker worker) => _world.Begin("coop", async () =>
    {
        // Leases of the round before that the worker does not know of are told by the heartbeat.
        await _clients.Begin(_traffic.Cooperative(OperationKind.Heartbeat, worker));
        await _clients.Begin(_traffic.Cooperative(OperationKind.Claim, worker));
        foreach (var lease in worker.Believed.ToList())
        {
            if (lease.Phase is not TaskPhase.InProgress)
                await _clients.Begin(_traffic.Cooperative(OperationKind.Report, worker, lease, TaskPhase.InProgress));
            await _clients.Begin(_traffic.Cooperative(OperationKind.Report, worker, lease, TaskPhase.PrOpened));
            // It has as many reviews there as it may: others can go on with the task.
            if (_world.Memory.Tasks[lease.TaskId] is { Phase: TaskPhase.InProgress } task && task.WorkerId == worker.Id)
                await _clients.Begin(_traffic.Cooperative(OperationKind.GiveBack, worker, lease));
        }
        // A claim once made is not made again: each time with another message it would spend the worker's changes.
        var underReview = _world.Memory.Tasks.Values.Where(task => task.WorkerId == worker.Id && task.Phase is TaskPhase.PrOpened
            && (task.MergeReportedAt is null || _world.Memory.Repos[task.Repo].Settings.MergeAuthority is MergeAuthority.Worker));
        foreach (var task in underReview.ToList())
        {
            await _clients.Begin(_traffic.Cooperative(OperationKind.Report, worker, null, TaskPhase.Merged, task.TaskId));
        }
    });

    private void RunUntilEnded(Task task)
    {
        while (!task.IsCompleted && _checker.Violation is null && _world.Step(TimeSpan.MaxValue))
        {
        }
        if (_checker.Violation is null) task.GetAwaiter().GetResult();
    }

    /// <summary>What the repos believe is what the rows say.</summary>
    private async Task LookAtReposAsync(bool judges, Action<string>? tell = null)
    {
        foreach (var repo in _world.Memory.Repos.Values.ToList())
        {
            var anybody = new WorkerCapability { FreeSlots = 1, FreePoints = 100 };
            var explanation = await _world.Grains.GetRepo(repo.Repo).ExplainAsync(new ExplainWork(anybody, null, []));
            tell?.Invoke($"{repo.Repo} says: {explanation.Ready} ready, budget {explanation.BudgetUsed} of {explanation.MaxOpenPrs}, "
                + $"{explanation.Nothing?.ToString() ?? string.Join(' ', explanation.Reasons)}");
            if (!judges) continue;
            var tasks = _world.Memory.Tasks.Values.Where(task => task.Repo == repo.Repo).ToList();
            var (held, ready) = (tasks.Count(task => task.Phase.CountsAgainstBudget()), tasks.Count(task => task.Phase is TaskPhase.Ready));
            if (explanation.BudgetUsed != held) _checker.Fail("I8",
                $"{repo.Repo} counts {explanation.BudgetUsed} against its budget; the rows say {held}.");
            if (explanation.Ready != ready) _checker.Fail("I8",
                $"{repo.Repo} believes {explanation.Ready} tasks ready; the rows say {ready}: "
                + $"{string.Join(' ', tasks.Where(task => task.Phase is TaskPhase.Ready).Select(task => task.TaskId))}.");
        }
    }

    /// <summary>A worker that has lost an answer about its token too many is out, as one that was revoked is.</summary>
    private bool KnowsItsToken(SimulatedWorker worker)
    {
        if (!_world.Memory.Workers.TryGetValue(worker.Id, out var row) || row.Revoked) return false;
        if (worker.OtherTokenHash == row.TokenHash) worker.TokenHash = row.TokenHash;
        return worker.TokenHash == row.TokenHash;
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
