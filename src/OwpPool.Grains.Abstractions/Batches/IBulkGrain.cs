using OwpPool.Core.Batches;

namespace OwpPool.Grains;

/// <summary>One act on many tasks. Calls go Bulk → Repo → Task.</summary>
[Alias("owp.IBulkGrain")]
public interface IBulkGrain : IGrainWithStringKey
{
    /// <summary>Stores what is to be done; from then on all of it will be tried. What was accepted before stays, whatever is asked now.</summary>
    [Alias("Accept")]
    Task AcceptAsync(AcceptBulk command);

    /// <summary>Does the next of an accepted act's tasks; may be called by anybody at any time.</summary>
    /// <returns>How far it has come.</returns>
    [Alias("Continue")]
    Task<BulkProgress> ContinueAsync();
}

/// <summary>An act on many tasks.</summary>
[GenerateSerializer, Immutable, Alias("owp.accept-bulk")]
public sealed record AcceptBulk(
    [property: Id(0)] BulkOrder Order, [property: Id(1)] IReadOnlyList<BulkTask> Tasks, [property: Id(2)] IReadOnlyList<BulkRefusal> Refused,
    [property: Id(3)] string? NextCursor);

/// <summary>How far an act on many tasks has come.</summary>
[GenerateSerializer, Immutable, Alias("owp.bulk-progress")]
public sealed record BulkProgress(
    [property: Id(0)] bool Done, [property: Id(1)] BulkOrder Order, [property: Id(2)] int Matched, [property: Id(3)] int Changed,
    [property: Id(4)] IReadOnlyList<BulkRefusal> Refused, [property: Id(5)] string? NextCursor);
