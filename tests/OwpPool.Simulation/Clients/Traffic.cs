using System.Globalization;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>What workers and maintainers ask for, at random: mostly sensible, often stale, sometimes wrong.</summary>
internal sealed class Traffic(PoolWorld world, BatchImport imports)
{
    private static readonly string[] Skills = ["csharp", "go", "rust"];
    private static readonly string[] RequiredSkills = ["CSharp", " go", "rust ", "GO"];
    private static readonly string?[] Areas = [null, null, " ", "src", "./src", "SRC/", "src\\", "docs", "Docs//", "a/b", "a\\b/", "./a/b"];

    private static readonly OperationKind[] WorkerKinds =
    [
        OperationKind.Heartbeat, OperationKind.Claim, OperationKind.Report, OperationKind.GiveBack, OperationKind.Renew,
        OperationKind.Explain, OperationKind.Describe, OperationKind.RotateToken, OperationKind.RequestOffers, OperationKind.AcceptOffer,
        OperationKind.RejectOffer,
    ];

    private static readonly OperationKind[] AdminKinds =
    [
        OperationKind.UpsertRepo, OperationKind.CreateTask, OperationKind.Override, OperationKind.PauseWorker, OperationKind.RevokeWorker,
        OperationKind.SetTrust, OperationKind.Review, OperationKind.Edit, OperationKind.Move, OperationKind.Force,
        OperationKind.ImportBatch, OperationKind.UndoWorker,
    ];

    private readonly Dice _dice = world.Dice;
    private readonly List<(string TaskId, string Repo)> _tasks = [];
    private int _operations;

    /// <summary>All workers that ever were.</summary>
    internal List<SimulatedWorker> Workers { get; } = [];

    /// <summary>The next request; null if whoever was chosen is silent.</summary>
    internal Operation? Draw()
    {
        var missing = world.Plan.Workers - Workers.Count(worker => !worker.IsRevoked);
        if (missing > 0 && _dice.Chance(0.3)) return Register();
        if (_operations < world.Plan.Repos.Count) return UpsertRepo(world.Plan.Repos[_operations]);
        if (Workers.Count == 0 || _dice.Chance(_tasks.Count < 8 ? 0.4 : 0.15)) return DrawAdmin();
        var worker = _dice.Of(Workers);
        return worker.SilentUntil > world.Elapsed || worker.Busy >= 2 ? null : DrawWorker(worker);
    }

    /// <summary>A request of the liveness phase: right token, no duplicate.</summary>
    internal Operation Cooperative(OperationKind kind, SimulatedWorker worker, LeaseView? lease = null, TaskPhase status = default,
        string taskId = "") =>
        new(++_operations, kind)
        {
            Worker = worker,
            TokenHash = worker.TokenHash,
            TaskId = lease?.TaskId ?? taskId,
            LeaseId = lease?.LeaseId,
            FencingToken = lease?.FencingToken,
            Status = status,
            GiveBackAs = AttemptOutcome.Released,
            Max = 20,
        };

    private Operation Register()
    {
        var id = world.Ids.NewId("w_");
        var worker = new SimulatedWorker(id, new WorkerProfile
        {
            Name = id,
            Skills = [.. Skills.Where(_ => _dice.Chance(0.8))],
            CapacityPoints = _dice.Between(2, 8),
            MaxConcurrentTasks = _dice.Between(1, 4),
        });
        Workers.Add(worker);
        return new Operation(++_operations, OperationKind.Register)
        {
            Worker = worker, TokenHash = worker.TokenHash, IsDuplicated = _dice.Chance(0.1),
        };
    }

    private Operation DrawWorker(SimulatedWorker worker)
    {
        var kind = WorkerKinds[_dice.Weighed([16, 22, 36, 6, 4, 2, 2, 1, 7, 8, 3])];
        var isForeign = _dice.Chance(0.04);
        var number = ++_operations;
        var (taskId, lease) = kind is OperationKind.Renew or OperationKind.Report or OperationKind.GiveBack ? TaskOf(worker) : ("", null);
        var (leaseId, token) = kind is OperationKind.AcceptOffer or OperationKind.RejectOffer
            ? (OfferOf(worker), null)
            : Credentials(worker, taskId, lease);
        return new Operation(number, kind)
        {
            Worker = worker,
            TokenHash = isForeign ? ForeignToken(worker) : worker.TokenHash,
            HasForeignToken = isForeign,
            IsDuplicated = _dice.Chance(0.1),
            TaskId = taskId,
            LeaseId = kind is OperationKind.Renew ? leaseId ?? lease?.LeaseId ?? "l_none" : leaseId,
            FencingToken = kind is OperationKind.Renew ? null : token,
            Status = StatusAfter(lease?.Phase ?? TaskPhase.Leased, worker.UnderReview.Any(review => review.TaskId == taskId)),
            GiveBackAs = _dice.Chance(0.5) ? AttemptOutcome.Failed : AttemptOutcome.Released,
            RetryAfter = _dice.Chance(0.7) ? TimeSpan.Zero : _dice.Within(TimeSpan.FromMinutes(_dice.Chance(0.7) ? 2 : 60)),
            WorkerStatus = (WorkerStatus)_dice.Weighed([50, 30, 8, 8]),
            Max = _dice.Between(1, 3),
            Repos = kind is OperationKind.Claim && _dice.Chance(0.15) ? [Core.Shared.Names.CanonicalRepo(_dice.Of(world.Plan.Repos))] : [],
            Exclude = kind is OperationKind.Claim && _dice.Chance(0.15) && _tasks.Count > 0
                ? [_dice.Of(_tasks).TaskId, _dice.Of(_tasks).TaskId] : [],
            NewTokenHash = $"{worker.Id}-token-{number}",
        };
    }

    private (string TaskId, LeaseView? Lease) TaskOf(SimulatedWorker worker)
    {
        var choice = _dice.Weighed([60, 20, 12, 8]);
        if (choice == 0 && worker.Believed.Count > 0) return With(_dice.Of([.. worker.Believed]));
        if (choice == 1 && worker.UnderReview.Count > 0) return With(_dice.Of(worker.UnderReview));
        if (choice <= 2 && worker.Past.Count > 0) return With(_dice.Of(worker.Past));
        return (_tasks.Count > 0 ? _dice.Of(_tasks).TaskId : "t_none", null);

        static (string, LeaseView) With(LeaseView lease) => (lease.TaskId, lease);
    }

    private string OfferOf(SimulatedWorker worker)
    {
        if (worker.Offers.Count > 0 && _dice.Chance(0.8)) return _dice.Of(worker.Offers).LeaseId;
        var known = Workers.SelectMany(other => other.PastOffers).ToList();
        return known.Count > 0 && _dice.Chance(0.9) ? _dice.Of(known).LeaseId : "o_none";
    }

    private (string? LeaseId, long? Token) Credentials(SimulatedWorker worker, string taskId, LeaseView? lease)
    {
        switch (_dice.Weighed([30, 45, 25]))
        {
            case 0:
                return (null, null);
            case 1:
                return (_dice.Chance(0.8) ? lease?.LeaseId : null, lease?.FencingToken);
            default:
                var others = Workers.SelectMany(other => other.Past).Where(past => past.TaskId == taskId).ToList();
                if (others.Count > 0 && _dice.Chance(0.7))
                {
                    var other = _dice.Of(others);
                    return (_dice.Chance(0.5) ? other.LeaseId : null, other.FencingToken);
                }
                return (_dice.Chance(0.3) && worker.Past.Count > 0 ? _dice.Of(worker.Past).LeaseId : null,
                    (lease?.FencingToken ?? 1) + _dice.Between(-1, 1));
        }
    }

    private string ForeignToken(SimulatedWorker worker)
    {
        var other = _dice.Of(Workers);
        return other == worker || _dice.Chance(0.3) ? _dice.Chance(0.5) ? "" : "guess" : other.TokenHash;
    }

    private TaskPhase StatusAfter(TaskPhase believed, bool isUnderReview)
    {
        ReadOnlySpan<int> weights = (believed, isUnderReview) switch
        {
            (_, true) => [30, 2, 8, 60],
            (TaskPhase.Leased, _) => [55, 10, 30, 5],
            (TaskPhase.InProgress, _) => [10, 20, 65, 5],
            _ => [50, 10, 35, 5],
        };
        return _dice.Weighed(weights) switch
        {
            0 => TaskPhase.InProgress,
            1 => TaskPhase.Blocked,
            2 => TaskPhase.PrOpened,
            _ => TaskPhase.Merged,
        };
    }

    private Operation DrawAdmin()
    {
        var kind = AdminKinds[_dice.Weighed([60, _tasks.Count < world.Plan.MostTasks ? 120 : 20, 22, 16, 2, 6, 25, 14, 6, 6, 12, 3])];
        return kind switch
        {
            OperationKind.UpsertRepo => UpsertRepo(_dice.Of(world.Plan.Repos)),
            OperationKind.CreateTask => CreateTask(),
            OperationKind.ImportBatch => ImportBatch(),
            OperationKind.Override when _tasks.Count > 0 => Override(_dice.Of(_tasks)),
            OperationKind.Review when _tasks.Count > 0 => Review(),
            OperationKind.Edit or OperationKind.Move or OperationKind.Force when _tasks.Count > 0 => Maintain(kind, _dice.Of(_tasks)),
            OperationKind.PauseWorker or OperationKind.RevokeWorker or OperationKind.UndoWorker or OperationKind.SetTrust when Workers.Count > 0 =>
                AboutWorker(kind, _dice.Of(Workers)),
            _ => CreateTask(),
        };
    }

    private Operation UpsertRepo(string repo)
    {
        var name = _dice.Chance(0.3) ? repo.ToUpperInvariant() : repo;
        var switches = world.Plan.SwitchesAreaLocks;
        return new Operation(++_operations, OperationKind.UpsertRepo)
        {
            Repo = name,
            IsDuplicated = _dice.Chance(0.1),
            Settings = new UpsertRepo
            {
                Name = name,
                Actor = Core.Shared.Actors.Admin,
                MaxOpenPrs = _dice.Chance(0.7) ? _dice.Between(0, 5) : null,
                AreaLocksEnabled = switches && _dice.Chance(0.3) ? _dice.Chance(0.7) : null,
                AreaLockUntil = switches && _dice.Chance(0.3) ? (AreaLockUntil)_dice.Between(0, 1) : null,
                MergeAuthority = _dice.Chance(0.1) ? (MergeAuthority)_dice.Between(0, 1) : null,
                LeaseTtlSeconds = _dice.Chance(0.3) ? _dice.Between(5, 120) : null,
                MaxAttempts = _dice.Chance(0.2) ? _dice.Between(2, 6) : null,
                Paused = _dice.Chance(0.3) ? _dice.Chance(0.3) : null,
            },
        };
    }

    private Operation CreateTask()
    {
        var isRepeat = _tasks.Count > 0 && (_dice.Chance(0.12) || _tasks.Count >= world.Plan.MostTasks);
        var (taskId, repo) = isRepeat ? _dice.Of(_tasks) : (world.Ids.NewId("t_"), _dice.Of(world.Plan.Repos));
        var number = ++_operations;
        var dependencies = _dice.Chance(0.15) && _tasks.Count > 0 ? new[] { _dice.Of(_tasks).TaskId } : [];
        if (!isRepeat) _tasks.Add((taskId, repo));
        return new Operation(number, OperationKind.CreateTask)
        {
            TaskId = taskId,
            Repo = repo,
            IsDuplicated = _dice.Chance(0.1),
            Spec = new TaskSpec
            {
                Title = string.Create(CultureInfo.InvariantCulture, $"op{number}"),
                EstimatePoints = _dice.Between(1, 4),
                Priority = _dice.Between(0, 30),
                RequiredSkills = _dice.Chance(0.3) ? [_dice.Of(RequiredSkills)] : [],
                Area = _dice.Of(Areas),
                Tier = _dice.Chance(0.1) ? _dice.Between(1, 2) : 0,
                NotBefore = _dice.Chance(0.15) ? world.Now + _dice.Within(TimeSpan.FromMinutes(3)) : null,
                DependsOn = [.. dependencies.Where(id => id != taskId)],
            },
        };
    }

    private Operation ImportBatch()
    {
        var order = imports.Draw(mayAdd: _tasks.Count < world.Plan.MostTasks, _tasks);
        _tasks.AddRange(order.Tasks.Select(task => (task.TaskId, task.Repo)).Except(_tasks).ToList());
        return new Operation(++_operations, OperationKind.ImportBatch) { Batch = order, IsDuplicated = _dice.Chance(0.2) };
    }

    private Operation Override((string TaskId, string Repo) task) => new(++_operations, OperationKind.Override)
    {
        TaskId = task.TaskId,
        Repo = task.Repo,
        IsDuplicated = _dice.Chance(0.1),
        Act = _dice.Chance(0.75) ? TaskOverride.Requeue : TaskOverride.Cancel,
    };

    /// <summary>What GitHub says, mostly of what is under review.</summary>
    private Operation Review()
    {
        var reviewed = Workers.SelectMany(worker => worker.UnderReview)
            .Select(lease => (lease.TaskId, Repo: Core.Shared.Names.CanonicalRepo(lease.Repo))).ToList();
        var (taskId, repo) = reviewed.Count > 0 && _dice.Chance(0.8) ? _dice.Of(reviewed) : _dice.Of(_tasks);
        return new(++_operations, OperationKind.Review)
        {
            TaskId = taskId,
            Repo = repo,
            IsDuplicated = _dice.Chance(0.2),
            Pause = _dice.Chance(0.3),
            Move = (ReviewMove)_dice.Weighed([15, 20, 45, 15, 5, 3]),
        };
    }

    private Operation Maintain(OperationKind kind, (string TaskId, string Repo) task) => new(++_operations, kind)
    {
        TaskId = task.TaskId,
        Repo = task.Repo,
        IsDuplicated = _dice.Chance(0.1),
        Pause = _dice.Chance(0.5),
        Status = _dice.Of(TaskLifecycle.ForcedPhases),
        Patch = new TaskPatch
        {
            Priority = _dice.Chance(0.4) ? _dice.Between(0, 30) : null,
            EstimatePoints = _dice.Chance(0.4) ? _dice.Between(1, 4) : null,
            RequiredSkills = _dice.Chance(0.3) ? [_dice.Of(RequiredSkills)] : null,
            Area = _dice.Chance(0.5) ? _dice.Of(Areas) ?? "" : null,
            Tier = _dice.Chance(0.2) ? _dice.Between(0, 2) : null,
        },
    };

    private Operation AboutWorker(OperationKind kind, SimulatedWorker worker) => new(++_operations, kind)
    {
        TaskId = worker.Id,
        IsDuplicated = _dice.Chance(0.1),
        Pause = _dice.Chance(0.5),
        Trust = (TrustTier)_dice.Between(0, 3),
    };
}
