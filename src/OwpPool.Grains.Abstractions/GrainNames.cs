using System.Security.Cryptography;
using System.Text;

namespace OwpPool.Grains;

/// <summary>Grain types, state names and keys: they are stored, so they never change.</summary>
public static class GrainNames
{
    /// <summary>The storage provider of all pool state.</summary>
    public const string Storage = "pool";

    /// <summary>Grain type and state name of tasks.</summary>
    public const string Task = "task";

    /// <summary>Grain type and state name of workers.</summary>
    public const string Worker = "worker";

    /// <summary>Grain type and state name of repos.</summary>
    public const string Repo = "repo";

    /// <summary>Grain type, state name and key of the one that maintainers decide by about the whole pool.</summary>
    public const string Pool = "pool";

    /// <summary>Grain type of the directory.</summary>
    public const string Directory = "directory";

    /// <summary>Grain type and state name of answers to idempotency keys.</summary>
    public const string Answer = "answer";

    /// <summary>Grain type and state name of batches of tasks.</summary>
    public const string Batch = "batch";

    /// <summary>Grain type and state name of acts on many tasks.</summary>
    public const string Bulk = "bulk";

    /// <summary>Prefix of the keys of acts on many tasks.</summary>
    public const string BulkKeyPrefix = "bulk/";

    /// <summary>Prefix of batch grain keys.</summary>
    public const string BatchKeyPrefix = "batch/";

    /// <summary>Prefix of answer grain keys; the hexadecimal hash alone would be read as a number (reliability §1.1).</summary>
    public const string AnswerKeyPrefix = "answer/";

    /// <summary>Key of the one directory.</summary>
    public const string PoolDirectory = "pool";

    /// <summary>Prefix of repo grain keys: no key is what a caller chose (reliability §1.1).</summary>
    public const string RepoKeyPrefix = "repo/";
}

/// <summary>The grains of the pool by their own ids.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>The task's grain.</summary>
    public static ITaskGrain GetTask(this IGrainFactory grains, string taskId) => grains.GetGrain<ITaskGrain>(taskId);

    /// <summary>The worker's grain.</summary>
    public static IWorkerGrain GetWorker(this IGrainFactory grains, string workerId) => grains.GetGrain<IWorkerGrain>(workerId);

    /// <summary>The repo's grain, by any spelling of its key.</summary>
    public static IRepoGrain GetRepo(this IGrainFactory grains, string repo) =>
        grains.GetGrain<IRepoGrain>(GrainNames.RepoKeyPrefix + Core.Shared.Names.CanonicalRepo(repo));

    /// <summary>The answer to a caller's idempotency key.</summary>
    /// <param name="grains">The factory.</param>
    /// <param name="caller">Worker id, <c>admin</c>, or where an unknown caller comes from.</param>
    /// <param name="key">The Idempotency-Key header.</param>
    public static IAnswerGrain GetAnswer(this IGrainFactory grains, string caller, string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{caller}\n{key}"));
        return grains.GetGrain<IAnswerGrain>(GrainNames.AnswerKeyPrefix + Convert.ToHexStringLower(hash));
    }

    /// <summary>The batch with this id, or with the key of a row that has it.</summary>
    public static IBatchGrain GetBatch(this IGrainFactory grains, string batchId) => grains.GetGrain<IBatchGrain>(
        batchId.StartsWith(GrainNames.BatchKeyPrefix, StringComparison.Ordinal) ? batchId : GrainNames.BatchKeyPrefix + batchId);

    /// <summary>The act on many tasks with this id, or with the key of a row that has it.</summary>
    public static IBulkGrain GetBulk(this IGrainFactory grains, string id) => grains.GetGrain<IBulkGrain>(
        id.StartsWith(GrainNames.BulkKeyPrefix, StringComparison.Ordinal) ? id : GrainNames.BulkKeyPrefix + id);

    /// <summary>What maintainers decide about the whole pool.</summary>
    public static IPoolControlGrain GetPoolControl(this IGrainFactory grains) => grains.GetGrain<IPoolControlGrain>(GrainNames.Pool);

    /// <summary>The one directory.</summary>
    public static IPoolDirectoryGrain GetDirectory(this IGrainFactory grains) =>
        grains.GetGrain<IPoolDirectoryGrain>(GrainNames.PoolDirectory);
}
