using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;
using OwpPool.Core.Analytics;
using OwpPool.Core.Audit;
using OwpPool.Core.Batches;
using OwpPool.Core.Matching;
using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Tasks;
using OwpPool.Server.Workers;
using Repo = OwpPool.Core.Repos;
using Worker = OwpPool.Core.Workers;

namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Every list of words of the API, each made from where the words are decided. A list's name is that of its property.</summary>
public static class WordLists
{
    /// <summary>Where a task stands.</summary>
    public static WordList TaskStatus { get; } = Of("Where a task stands.", Enum.GetValues<TaskPhase>().Select(TaskPhases.Wire));

    /// <summary>What a worker may report.</summary>
    public static WordList ReportedStatus { get; } = Of<ReportedStatus>("What a task's holder reports. 'completed' and 'failed' are for " +
        "older clients: the first is pr_opened with a pull request and merged without, the second is a failed attempt.");

    /// <summary>Where a maintainer may put a task.</summary>
    public static WordList ForcedStatus { get; } = Of("Where a maintainer may put a task.", TaskLifecycle.ForcedPhases.Select(TaskPhases.Wire));

    /// <summary>Where a rejected review goes.</summary>
    public static WordList RejectionTarget { get; } = Of("in_progress: its worker is to change it. ready: another worker may try.",
        [TaskPhase.InProgress.Wire(), TaskPhase.Ready.Wire()]);

    /// <summary>An end of a repo's queue.</summary>
    public static WordList QueueEnd { get; } = Of("An end of the repo's queue.", PositionRequest.Ends);

    /// <summary>What a batch does with tasks that are there.</summary>
    public static WordList OnExisting { get; } = Of("skip: tasks that are there stay as they are. update: what the request says otherwise is " +
        "changed, by the rules of PATCH.", Tasks.Batches.BatchRequest.Choices);

    /// <summary>What a batch did with a task.</summary>
    public static WordList BatchResult { get; } = Of("left: it was there and stays as it is, although the request says something else.",
        Tasks.Batches.BatchTaskResult.Results);

    /// <summary>Orders of the list of tasks.</summary>
    public static WordList TaskSort { get; } = Of("Order of a list of tasks; '-' puts the newest, highest, last changed or most failed first. " +
        "status_since: the longest in its status first. next: the order in which ready tasks are given out.", TaskListEndpoints.Sorts);

    /// <summary>Orders of the list of workers.</summary>
    public static WordList WorkerSort { get; } = Of("Order of a list of workers: the newest first, or most failures in a row first and then " +
        "the lowest completion rate.", WorkerListEndpoints.Orders);

    /// <summary>What is done with many tasks at once.</summary>
    public static WordList BulkAct { get; } = Of<BulkAct>("What is done with each task. accept confirms that its work is merged.");

    /// <summary>How a lease ended.</summary>
    public static WordList LeaseOutcome { get; } = Of<AttemptOutcome>("How a lease ended. 'released', 'requeued' and 'rejected' count as no attempt.");

    /// <summary>What a worker does.</summary>
    public static WordList WorkerStatus { get; } = Of<Worker.WorkerStatus>("What a worker does; offline = it gave no sign of life in time.");

    /// <summary>What the pool asks of a worker.</summary>
    public static WordList DesiredState { get; } = Of("run; quiet = finish what is held, ask for nothing new.",
        [WorkerMapping.Run, WorkerMapping.Quiet]);

    /// <summary>Why a worker gets nothing.</summary>
    public static WordList PauseReason { get; } = Of("Why the pool gives a worker no new work.",
        [WorkPause.ByMaintainer, WorkPause.ByFailures, WorkPause.OfThePool]);

    /// <summary>Who paused a worker.</summary>
    public static WordList PausedBy { get; } = Of("Who paused a worker.", Admin.DeskView.PausedByWords);

    /// <summary>Trust tiers.</summary>
    public static WordList TrustTier { get; } = Of<Worker.TrustTier>("How far maintainers trust a worker, from least to most.");

    /// <summary>Why an offer is rejected.</summary>
    public static WordList OfferRejection { get; } = Of<OfferRejection>("Why a worker rejects an offer.");

    /// <summary>Why a worker does not get a task.</summary>
    public static WordList NoWorkReason { get; } = Of("Why a worker does not get a task. The order is that of the checks: the first that " +
        "applies is named.", [ExplainMapping.NotReady, .. EnumWords<Ineligibility>.ByWord.Keys]);

    /// <summary>Until when an area is locked.</summary>
    public static WordList AreaLockUntil { get; } = Of<Repo.AreaLockUntil>("Until when a task locks its area.");

    /// <summary>Whose word merges.</summary>
    public static WordList MergeAuthority { get; } = Of<Repo.MergeAuthority>("Whose word makes a task merged.");

    /// <summary>Roles of maintainers.</summary>
    public static WordList MaintainerRole { get; } = Of<MaintainerRole>("admin may do everything; viewer reads everything and changes nothing.");

    /// <summary>Levels of a task's log.</summary>
    public static WordList LogLevel { get; } = Of("How much a line of a task's log matters, from least to most.", LogLineRequest.LevelWords);

    /// <summary>How a repo follows GitHub.</summary>
    public static WordList SyncType { get; } = Of("read_only: the pool follows GitHub. bidirectional: it also writes there what " +
        "write_permissions name.", GitHub.SyncRequest.Types);

    /// <summary>What the pool may write to GitHub.</summary>
    public static WordList SyncPermission { get; } = Of("What the pool may write on GitHub.", GitHub.SyncRequest.Permissions);

    /// <summary>How far a delivery is.</summary>
    public static WordList DeliveryState { get; } = Of("pending: not tried yet, or to be tried again. done: taken in, that it changed " +
        "nothing included. failed: given up.", GitHub.DeliveryListEndpoint.States);

    /// <summary>What became of a delivery when it came.</summary>
    public static WordList DeliveryResult { get; } = Of("stored: it will be acted on. duplicate: it came before. ignored: it says nothing " +
        "to the pool.", GitHub.DeliveryEndpoint.Results);

    /// <summary>What a webhook does.</summary>
    public static WordList WebhookState { get; } = Of("disabled: too many deliveries failed; enable it when the receiver works again.",
        Webhooks.WebhookView.States);

    /// <summary>Faults of the audit log.</summary>
    public static WordList AuditFaultKind { get; } = Of("How the audit log differs from what the pool wrote.", Constants(typeof(ChainFaults)));

    /// <summary>Order of the audit log.</summary>
    public static WordList AuditOrder { get; } = Of("desc: newest first; asc: oldest first.", Audit.AuditRequest.Orders);

    /// <summary>Periods of analytics.</summary>
    public static WordList AnalyticsPeriods { get; } = Of("Days up to now, UTC, today included.", AnalyticsPeriod.All.Select(static period => period.Word));

    /// <summary>Whether the process runs.</summary>
    public static WordList LiveStatus { get; } = Of("The process runs, or it would not answer.", [LiveResponse.Alive]);

    /// <summary>Whether requests can be served.</summary>
    public static WordList ReadyStatus { get; } = Of("Whether requests can be served.", Readiness.Statuses);

    /// <summary>What one check found.</summary>
    public static WordList CheckStatus { get; } = Of("What one check of readiness found.", Readiness.Findings);

    /// <summary>Codes of problems.</summary>
    public static WordList ProblemCode { get; } = Of("The kind of a problem; /problems explains each.",
        ProblemKind.All.Select(static kind => kind.Code).Distinct());

    /// <summary>Reasons of problems.</summary>
    public static WordList ProblemReason { get; } = Of("Why a request was refused, where its code leaves that open.",
        [.. Constants(typeof(RefusalReason)), .. Constants(typeof(ProblemReason))]);

    /// <summary>Every list, by name.</summary>
    public static FrozenDictionary<string, WordList> All { get; } = typeof(WordLists)
        .GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(static property => property.PropertyType == typeof(WordList))
        .Select(static property => (WordList)property.GetValue(null)!)
        .ToFrozenDictionary(static list => list.Name, StringComparer.Ordinal);

    private static WordList Of(string description, IEnumerable<string> words, [CallerMemberName] string name = "") =>
        new(name, description, [.. words]);

    private static WordList Of<T>(string description, [CallerMemberName] string name = "") where T : struct, Enum =>
        new(name, description, [.. EnumWords<T>.ByWord.Keys]);

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(static field => field.IsLiteral && field.FieldType == typeof(string))
        .Select(static field => (string)field.GetRawConstantValue()!);
}
