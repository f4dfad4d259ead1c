using OwpPool.Core.Batches;
using OwpPool.Core.Shared;

namespace OwpPool.Grains;

/// <summary>A batch of tasks that are added all or not at all. Calls go Batch → Repo → Task.</summary>
[Alias("owp.IBatchGrain")]
public interface IBatchGrain : IGrainWithStringKey
{
    /// <summary>Asks every repo whether it takes its tasks, and stores the batch: from then on all of them will be there. Null = accepted, now
    /// or before.</summary>
    [Alias("Accept")]
    Task<Refusal?> AcceptAsync(AcceptBatch command);

    /// <summary>Adds the next of an accepted batch's tasks; may be called by anybody at any time.</summary>
    /// <returns>Whether all are there.</returns>
    [Alias("Continue")]
    Task<bool> ContinueAsync();
}

/// <summary>Tasks to add, all or none.</summary>
[GenerateSerializer, Immutable, Alias("owp.accept-batch")]
public sealed record AcceptBatch([property: Id(0)] IReadOnlyList<BatchTask> Tasks, [property: Id(1)] string Actor);
