using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Hosting;

/// <summary>What grains read at activation, from the read model.</summary>
public sealed class GrainReadModel(SqliteStorage storage, HearingBoard hearing, IOptions<WorkerOptions> workerOptions) : IPoolReader
{
    private const int MostOnline = 1_000;

    private readonly LivenessRules _rules = workerOptions.Value.ToRules();

    /// <inheritdoc />
    public async IAsyncEnumerable<ReadyTask> ReadBacklogAsync(string repo, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var shapes = new Dictionary<(IReadOnlyList<string>, int, int), TaskShape>();
        await foreach (var row in storage.ReadModel.ReadBacklogAsync(repo, cancellationToken))
        {
            // Rows with the same skills share one list, so a million tasks of a few shapes make a few shape objects.
            var key = (row.RequiredSkills, row.Tier, row.Points);
            if (!shapes.TryGetValue(key, out var shape))
                shapes.Add(key, shape = ReadyTask.ShapeOf(row.RequiredSkills, row.Tier, row.Points));
            yield return new ReadyTask
            {
                TaskId = row.TaskId,
                Priority = row.Priority,
                ReadyAt = row.ReadyAt,
                EligibleAt = row.EligibleAt,
                Shape = shape,
                AreaKey = row.AreaKey,
                DependsOn = row.Token > 0 ? [] : row.DependsOn,
                Token = row.Token,
                LateHolders = row.History.Length == 0 ? [] : LateHolder.Of(PoolStateJson.Deserialize<Attempt[]>(row.History)),
            };
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<LedgerEntry>> ReadHeldAsync(string repo, CancellationToken cancellationToken)
    {
        var rows = await storage.ReadModel.ReadHeldTasksAsync(repo, cancellationToken);
        return [.. rows.Select(ToEntry)];
    }

    /// <summary>What a repo's ledger has of a task that counts against its budget.</summary>
    internal static LedgerEntry ToEntry(HeldTaskRow row) => new()
    {
        TaskId = row.TaskId,
        WorkerId = row.WorkerId!,
        LeaseId = row.LeaseId ?? "",
        Token = row.Token,
        Points = row.Points,
        AreaKey = row.AreaKey,
        Phase = TaskPhases.Parse(row.Phase),
        ExpiresAt = row.ExpiresAt,
        GrantedAt = row.GrantedAt ?? default,
        Version = row.Version,
        ReviewConfirmed = row.ReviewConfirmedBy is not null,
    };

    /// <inheritdoc />
    public async Task<IReadOnlyList<TaskState>> ReadUnconfirmedAsync(string workerId, int limit, CancellationToken cancellationToken)
    {
        var payloads = await storage.ReadModel.ReadUnconfirmedAsync(workerId, limit, cancellationToken);
        return [.. payloads.Select(payload => PoolStateJson.Deserialize<TaskState>(payload))];
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<OnlineWorker>> ReadOnlineWorkersAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var payloads = await storage.ReadModel.ReadOnlineWorkersAsync(MostOnline, cancellationToken);
        var heard = hearing.Current;
        return
        [
            .. payloads.Select(payload => WorkerPresence.AsOnline(PoolStateJson.Deserialize<WorkerState>(payload), _rules, heard, now))
                .OfType<OnlineWorker>(),
        ];
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<TaskState>> ReadHeldByWorkerAsync(string workerId, CancellationToken cancellationToken)
    {
        var payloads = await storage.ReadModel.ReadWorkerTasksAsync(workerId, cancellationToken);
        return [.. payloads.Select(payload => PoolStateJson.Deserialize<TaskState>(payload))];
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ReadWishesAsync(string workerId, CancellationToken cancellationToken) =>
        storage.ReadModel.ReadWishesAsync(workerId, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<string, TaskPhase>> ReadPhasesAsync(
        IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken)
    {
        var phases = await storage.ReadModel.ReadPhasesAsync(taskIds, cancellationToken);
        return phases.ToDictionary(item => item.Key, item => TaskPhases.Parse(item.Value), StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public Task<string?> ReadTaskOfPullRequestAsync(string prUrl, CancellationToken cancellationToken) =>
        storage.PullRequests.FindTaskAsync(PullRequestUrl.KeyOf(prUrl), cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlySet<string>> ReadChangedInBulkAsync(
        IReadOnlyCollection<string> taskIds, string bulkId, CancellationToken cancellationToken) =>
        storage.ReadModel.ReadChangedInBulkAsync(taskIds, bulkId, cancellationToken);

    /// <inheritdoc />
    public Task<bool> DependsOnAsync(IReadOnlyCollection<string> taskIds, string otherId, CancellationToken cancellationToken) =>
        storage.ReadModel.DependsOnAsync(taskIds, otherId, cancellationToken);
}
