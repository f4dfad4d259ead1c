using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Works by waiting.</summary>
/// <param name="settings">How long, and how well.</param>
/// <param name="vanish">Called where the worker is never heard of again; what happens then is the caller's.</param>
/// <param name="time">The clock.</param>
internal sealed class SimulatedWork(SimulationSettings settings, Action vanish, TimeProvider time) : ITaskWork
{
    public async Task<WorkOutcome> DoAsync(TaskTurn turn, CancellationToken ct)
    {
        var lease = turn.Lease;
        var length = settings.OpenDelay + (settings.DelayPerPoint * lease.EstimatePoints);
        var fate = Chance(lease, "fate");
        if (lease.Status is not Steps.InProgress) await PauseAsync(lease, "start", settings.StartDelay, ct);
        await turn.BeginAsync(ct);
        if (fate < settings.AbandonRate)
        {
            await PauseAsync(lease, "open", length / 2, ct);
            vanish();
            // Until the worker that it was is stopped, or the pool has taken the task back.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
        }
        await PauseAsync(lease, "open", length, ct);
        return fate < settings.AbandonRate + settings.FailureRate
            ? new WorkOutcome(OutcomeKind.Failed) { Message = "Simulated: it did not work out." }
            : new WorkOutcome(OutcomeKind.Delivered) { PullRequest = PullRequestOf(lease) };
    }

    public async Task DoneAsync(TaskTurn turn, WorkOutcome? outcome, CancellationToken ct)
    {
        if (!settings.Merge || outcome?.Kind is not OutcomeKind.Delivered) return;
        await PauseAsync(turn.Lease, "merge", settings.MergeDelay, ct);
        try
        {
            await turn.MergeAsync(ct);
        }
        catch (OperationCanceledException) when (turn.Gone.IsCancellationRequested)
        {
            turn.Say(Steps.Lost, turn.LossReason);
        }
    }

    private Task PauseAsync(LeaseView lease, string what, TimeSpan mean, CancellationToken ct) =>
        mean <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(mean * (0.7 + (0.6 * Chance(lease, what))) / settings.Speed, time, ct);

    /// <summary>From 0 to 1, below 1; of the task and the lease's number, and not of its id, which is another one in each pool.</summary>
    private double Chance(LeaseView lease, string what)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{settings.Seed}|{what}|{lease.Repo}|{lease.Title}|{lease.FencingToken}"));
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) / (uint.MaxValue + 1.0);
    }

    /// <summary>One pull request serves one task, in every run: its number is made from the task's id.</summary>
    private Uri PullRequestOf(LeaseView lease)
    {
        var number = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(lease.TaskId))) & 0x7FFF_FFFF;
        var path = lease.Repo.Contains('/', StringComparison.Ordinal) ? lease.Repo : $"demo/{lease.Repo}";
        var start = settings.PullRequestBase?.AbsoluteUri.TrimEnd('/') ?? $"https://github.com/{path}/pull";
        return new Uri($"{start}/{number}");
    }
}
