using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>A log and a history written by hand, to see whether the checker sees what is wrong in them. What is not said otherwise is as
/// a right server would have it.</summary>
internal sealed class PlantedPool
{
    public const string Repo = "acme/shop";

    public static readonly TimeSpan LeaseTtl = TimeSpan.FromHours(1);

    private readonly List<LoggedEvent> _events = [];
    private readonly Dictionary<string, string?> _areas = new(StringComparer.Ordinal);
    private long _operations;
    private long _leases;

    public PlantedPool(int maxOpenPrs = 3) => Settings("repo.created", maxOpenPrs);

    public List<Operation> Operations { get; } = [];

    /// <summary>Changes the rows after they were made from the events.</summary>
    public Func<DatabaseImage, DatabaseImage> Rows { get; set; } = image => image;

    /// <summary>The clock: a second for every event and every operation.</summary>
    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<string> Check() => HistoryChecker.Check(Operations, Image(), LeaseTtl);

    public LoggedEvent Log(string type, string actor, string target, params (string Name, string? Value)[] details)
    {
        Tick();
        var logged = new LoggedEvent(_events.Count + 1, Now, type, actor, target, Repo,
            details.ToDictionary(detail => detail.Name, detail => detail.Value));
        _events.Add(logged);
        return logged;
    }

    public void Settings(string type, int maxOpenPrs) => Log(type, AdminTraffic.Admin, Repo,
        ("max_open_prs", Text(maxOpenPrs)), ("paused", "false"), ("area_lock_until", "pr_opened"));

    public Operation CreateTask(string taskId, string? area = null)
    {
        var operation = Ask(OperationKind.CreateTask, AdminTraffic.Admin) with { Answer = taskId };
        Log("task.created", AdminTraffic.Admin, taskId, ("phase", "ready"), ("title", operation.Marker));
        _areas[taskId] = area;
        return Answer(operation, OperationOutcome.Ok);
    }

    public void Reserve(string taskId, int inUse, int maxOpenPrs = 3) => Log("repo.budget_reserved", "system", Repo,
        ("in_use", Text(inUse)), ("max_open_prs", Text(maxOpenPrs)), ("reserved", taskId), ("freed", ""));

    /// <summary>Reserves, grants and tells.</summary>
    public ToldLease Lease(string taskId, string workerId, long token, int inUse = 1, int maxOpenPrs = 3)
    {
        var operation = Ask(OperationKind.Claim, workerId);
        Reserve(taskId, inUse, maxOpenPrs);
        var lease = Grant(taskId, workerId, token);
        operation.Leases = [lease];
        Answer(operation, OperationOutcome.Ok);
        return lease;
    }

    public ToldLease Grant(string taskId, string workerId, long token, string phaseBefore = "ready")
    {
        var lease = new ToldLease(taskId, $"l_{++_leases}", Instants.Cut(Now + LeaseTtl), token, "leased");
        Log("task.leased", workerId, taskId, ("phase", "leased"), ("phase_before", phaseBefore), ("lease_id", lease.LeaseId),
            ("fencing_token", Text(token)), ("lease_expires_at", Instants.Text(lease.ExpiresAt)));
        return lease;
    }

    /// <summary>A report and its answer; its event unless told otherwise.</summary>
    public Operation Report(
        ToldLease lease, string workerId, string before, string status, OperationOutcome outcome = OperationOutcome.Ok,
        bool isStored = true, long? storedToken = null)
    {
        var operation = AskAbout(OperationKind.Report, workerId, lease) with { Asked = status };
        if (isStored)
        {
            var type = status == "in_progress" ? "task.started" : $"task.{status}";
            Log(type, workerId, lease.TaskId, ("phase", status), ("phase_before", before), ("message", operation.Marker),
                ("fencing_token", Text(storedToken ?? lease.Token!.Value)));
        }
        operation.Answer = status;
        return Answer(operation, outcome);
    }

    public void Release(ToldLease lease, string workerId, string before)
    {
        var operation = AskAbout(OperationKind.Release, workerId, lease);
        End("task.released", workerId, lease, workerId, before, ("outcome", "Released"), ("reason", operation.Marker));
        Answer(operation, OperationOutcome.Ok);
    }

    public void End(string type, string actor, ToldLease lease, string workerId, string before, params (string, string?)[] details) =>
        Log(type, actor, lease.TaskId,
            [("phase", "ready"), ("phase_before", before), ("worker_id", workerId), ("lease_id", lease.LeaseId), .. details]);

    public Operation Ask(OperationKind kind, string actor)
    {
        Tick();
        return new Operation(++_operations, kind, actor) { InvokedAt = Now, Sends = 1 };
    }

    public Operation Answer(Operation operation, OperationOutcome outcome)
    {
        Tick();
        (operation.AnsweredAt, operation.Outcome) = (Now, outcome);
        Operations.Add(operation);
        return operation;
    }

    private Operation AskAbout(OperationKind kind, string workerId, ToldLease lease) =>
        Ask(kind, workerId) with { Target = lease.TaskId, LeaseId = lease.LeaseId, Token = lease.Token };

    private void Tick() => Now += TimeSpan.FromSeconds(1);

    private DatabaseImage Image()
    {
        var workers = _events.Where(logged => logged.Type == "worker.registered").Select(logged => logged.Target).Distinct().Count();
        var last = new EventLogReplay(new DatabaseImage(_events, [], [], workers), LeaseTtl);
        return Rows(new DatabaseImage(_events, [.. last.Tasks.Values.Select(RowOf)], [.. last.Repos.Select(RowOf)], workers));
    }

    private TaskRow RowOf(TaskBook task) => new(task.TaskId, task.Now.Phase, task.Now.WorkerId, task.Now.LeaseId, task.Now.ExpiresAt,
        task.Now.Token, _areas.GetValueOrDefault(task.TaskId));

    private static RepoRow RowOf(KeyValuePair<string, RepoBook> repo) =>
        new(repo.Key, repo.Value.Settings[^1].MaxOpenPrs, repo.Value.Settings[^1].Paused, [.. repo.Value.Held.Keys]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
