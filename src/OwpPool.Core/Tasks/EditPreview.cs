using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What an edit of a task would do.</summary>
/// <param name="Fields">Names of the fields that would change; none = the task is like that already.</param>
/// <param name="Refusal">Why it cannot be done now; null = it can.</param>
public sealed record EditPreview(IReadOnlyList<string> Fields, Refusal? Refusal);
