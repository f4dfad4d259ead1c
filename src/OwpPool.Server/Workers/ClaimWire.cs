using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Workers;

/// <summary>A request for work that may choose among repos and tasks.</summary>
public sealed record ClaimRequest
{
    /// <summary>Most repos and most excluded tasks of one request.</summary>
    public const int MaxChoices = 100;

    /// <summary>Longest wait for work.</summary>
    [Range(0, WorkerEndpoints.MaxWaitSeconds), DefaultValue(0)]
    public int WaitSeconds { get; init; }

    /// <summary>New leases at most.</summary>
    [Range(1, WorkerEndpoints.MaxNewLeases), DefaultValue(WorkerEndpoints.MaxNewLeases)]
    public int Max { get; init; } = WorkerEndpoints.MaxNewLeases;

    /// <summary>New leases from these repos only; none = from any.</summary>
    [MaxLength(MaxChoices)]
    public IReadOnlyList<string> Repos { get; init; } = [];

    /// <summary>Ids of tasks that are not wanted.</summary>
    [MaxLength(MaxChoices)]
    public IReadOnlyList<string> Exclude { get; init; } = [];

    internal static ClaimRequest Read(JsonFields body) => new()
    {
        WaitSeconds = body.Integer("wait_seconds", 0, WorkerEndpoints.MaxWaitSeconds) ?? 0,
        Max = body.Integer("max", 1, WorkerEndpoints.MaxNewLeases) ?? WorkerEndpoints.MaxNewLeases,
        Repos = ReadRepos(body),
        Exclude = body.IdList("exclude", MaxChoices, Ids.Task),
    };

    private static IReadOnlyList<string> ReadRepos(JsonFields body)
    {
        var repos = body.Lines("repos", MaxChoices, Names.MaxRepoKeyLength);
        if (repos.FirstOrDefault(repo => !Names.IsRepoKey(repo)) is { } wrong) body.Reject("repos", $"'{wrong}' is not 'name' or 'owner/name'");
        return repos;
    }
}
