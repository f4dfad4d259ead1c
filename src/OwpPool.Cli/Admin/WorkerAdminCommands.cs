using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary>What maintainers do with a worker: <c>owp admin worker pause, resume, revoke, trust</c>.</summary>
internal static class WorkerAdminCommands
{
    public static readonly Argument<string> Id = new("worker") { Description = "The worker's name, its id, w_…, or the beginning of its id." };

    private static readonly Argument<string> Tier = new("tier") { Description = "How far it is trusted." };

    private static readonly Option<bool> Undo = new("--undo")
    {
        Description = "Also put back its tasks under review and its unconfirmed merges.",
    };

    static WorkerAdminCommands() => Tier.AcceptOnlyFromAmong("untrusted", "basic", "trusted", "maintainer");

    public static Command CreatePause() => Create("pause", "Give a worker no new work; it keeps its leases.",
        (admin, id, reason, ct) => admin.PauseWorkerAsync(id, reason, ct));

    public static Command CreateResume() => Create("resume", "Give a paused worker new work again.",
        (admin, id, reason, ct) => admin.ResumeWorkerAsync(id, reason, ct));

    public static Command CreateRevoke()
    {
        var command = new Command("revoke", "Shut a worker out for good: its token is worth nothing, its leases go back.")
        {
            Id, Reason.Optional, Undo, Confirmation.Yes, AdminConnection.Token, Answer.Json,
        };
        return command.Runs(async (invocation, ct) =>
        {
            invocation.Answer.Check(PoolWire.TypeOf<WorkerDetails>());
            using var admin = AdminConnection.Open(invocation);
            var worker = await admin.GetWorkerAsync(await Lookup.WorkerAsync(admin, invocation.Get(Id)!, ct), ct);
            var undo = invocation.Get(Undo);
            var what = $"Revokes {worker.WorkerId} for good, and puts back {worker.Load.Tasks} tasks that it holds"
                + (undo ? ", its reviews and its unconfirmed merges" : "");
            Confirmation.Require(invocation, what, worker.Name);
            var revoked = await admin.RevokeWorkerAsync(worker.WorkerId, invocation.Get(Reason.Optional), undo, ct);
            if (undo) invocation.Say($"Put back {Counted.Of(revoked.Undone, "task")} that it had under review or merged by its word alone.");
            return await ShowAsync(invocation, admin, worker.WorkerId, ct);
        });
    }

    public static Command CreateTrust() => new Command("trust", "Say how far a worker is trusted; each repo says which tiers that opens.")
    {
        Id, Tier, Reason.Optional, AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<WorkerDetails>());
        using var admin = AdminConnection.Open(invocation);
        var id = await Lookup.WorkerAsync(admin, invocation.Get(Id)!, ct);
        await admin.SetTrustAsync(id, invocation.Get(Tier)!, invocation.Get(Reason.Optional), ct);
        return await ShowAsync(invocation, admin, id, ct);
    });

    private static Command Create(
        string name, string description, Func<PoolClient, string, string?, CancellationToken, Task<WorkerReply>> act) =>
        new Command(name, description)
        {
            Id, Reason.Optional, AdminConnection.Token, Answer.Json,
        }.Runs(async (invocation, ct) =>
        {
            invocation.Answer.Check(PoolWire.TypeOf<WorkerDetails>());
            using var admin = AdminConnection.Open(invocation);
            var id = await Lookup.WorkerAsync(admin, invocation.Get(Id)!, ct);
            await act(admin, id, invocation.Get(Reason.Optional), ct);
            return await ShowAsync(invocation, admin, id, ct);
        });

    private static async Task<int> ShowAsync(Invocation invocation, PoolClient admin, string id, CancellationToken ct)
    {
        WorkerViewCommand.Write(invocation, await admin.GetWorkerAsync(id, ct), null);
        return ExitCodes.Done;
    }
}
