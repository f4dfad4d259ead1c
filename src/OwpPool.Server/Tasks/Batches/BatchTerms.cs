namespace OwpPool.Server.Tasks.Batches;

/// <summary>How a batch is to be worked off.</summary>
/// <param name="Updates">Tasks that are there are changed as the request says.</param>
/// <param name="IsDryRun">Nothing is changed; only what would be is told.</param>
public readonly record struct BatchTerms(bool Updates, bool IsDryRun);
