using Orleans.Concurrency;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains;

/// <summary>One task: its lifecycle, serialised. Called by its repo only, so that the repo always knows; reading is free.</summary>
[Alias("owp.ITaskGrain")]
public interface ITaskGrain : IGrainWithStringKey
{
    /// <summary>Decides the command, stores the change and answers with the task as it then is. A repeat changes nothing.</summary>
    /// <param name="command">What is asked for.</param>
    /// <param name="heard">The version that the caller has heard of, 0 = none. An activation that knows only an older one was overtaken by
    /// another, and reads again before it decides.</param>
    [Alias("Decide")]
    Task<TaskReply> DecideAsync(TaskCommand command, long heard);

    /// <summary>The task; null if there is none.</summary>
    [ReadOnly, Alias("Get")]
    Task<TaskState?> GetAsync();
}

/// <summary>The task after a command.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-reply")]
public sealed record TaskReply
{
    /// <summary>Why the command had no effect; null if it had, or had had it before.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The task as stored; <see cref="TaskState.Exists"/> is false for an unknown one.</summary>
    [Id(1)] public required TaskState State { get; init; }

    /// <summary>The command changed the task now; false for a repeat and a refusal.</summary>
    [Id(2)] public bool Changed { get; init; }
}
