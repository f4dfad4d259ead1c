using OwpPool.Cli.Connections;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary>What the commands of a worker about one of its tasks have in common.</summary>
internal static class WorkerReports
{
    /// <summary>The lease of a task that the worker holds.</summary>
    /// <exception cref="UsageException">It holds none.</exception>
    public static async Task<LeaseView> LeaseOfAsync(WorkerConnection connection, string taskId, CancellationToken ct)
    {
        var leases = (await connection.Client.GetSelfAsync(ct)).Leases;
        var held = leases.Count == 0 ? "It holds nothing." : $"It holds {string.Join(", ", leases.Select(lease => lease.TaskId))}.";
        return leases.FirstOrDefault(lease => lease.TaskId == taskId)
            ?? throw new UsageException($"This worker does not hold {taskId}. {held} Leases that ended are in 'owp task view {taskId}'.");
    }
}
