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

    /// <summary>Grain type of the directory.</summary>
    public const string Directory = "directory";

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

    /// <summary>The one directory.</summary>
    public static IPoolDirectoryGrain GetDirectory(this IGrainFactory grains) =>
        grains.GetGrain<IPoolDirectoryGrain>(GrainNames.PoolDirectory);
}
