using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary>Whom the pool lets in: <c>owp admin invite</c>, <c>owp admin invites</c> and <c>owp admin invites revoke</c>.</summary>
internal static class InviteCommands
{
    private const int MostUses = 1_000;

    private static readonly Argument<string> Id = new("invite") { Description = "The invite's id, i_…, or its beginning." };

    private static readonly Option<int?> Uses = Numbers.Whole("--uses", "How many workers it lets in, 1 to 1000 [1].", 1, MostUses, "workers");

    private static readonly Option<double?> ExpiresIn = Lifetimes.Option("How long it is valid, such as 12h or 30d [7d].");

    private static readonly Option<string?> Trust = new("--trust-tier", "--trust")
    {
        Description = "How far its workers are trusted [the pool's setting].",
    };

    private static readonly Option<string[]> Repos = new("--repo", "-R")
    {
        Description = "Limit its workers to these repos, comma-separated [all].",
        HelpName = "owner/name",
    };

    private static readonly Column<InviteView>[] Columns =
    [
        new("invite", invite => invite.InviteId) { IsId = true },
        new("used", invite => $"{invite.UsedBy.Count}/{invite.Uses}"),
        new("trust", invite => invite.TrustTier),
        new("expires", invite => invite.ExpiresAt),
        new("repos", invite => invite.Repos) { Cuts = true, Rank = 1 },
        new("created", invite => invite.CreatedAt) { Rank = 3 },
        new("by", invite => invite.CreatedBy) { Rank = 2 },
    ];

    static InviteCommands() => Trust.AcceptOnlyFromAmong("untrusted", "basic", "trusted", "maintainer");

    public static Command Create() => new Command("invite", "Create an invite to register workers; its text is shown only once.")
    {
        Uses, ExpiresIn, Trust, Repos, AdminConnection.Token, Answer.Json,
    }.Runs(InviteAsync);

    public static Command CreateList()
    {
        var list = new Command("invites", "List the invites that are open, the newest first.")
        {
            AdminConnection.Token, Answer.Json,
        };
        list.Add(CreateRevoke());
        return list.Runs(ListAsync);
    }

    private static Command CreateRevoke() => new Command("revoke", "Revoke an invite; workers that registered with it stay.")
    {
        Id, AdminConnection.Token,
    }.Runs(async (invocation, ct) =>
    {
        using var admin = AdminConnection.Open(invocation);
        var id = await Lookup.InviteAsync(admin, invocation.Get(Id)!, ct);
        await admin.RevokeInviteAsync(id, ct);
        invocation.Say($"Revoked invite {id}.");
        return ExitCodes.Done;
    });

    private static async Task<int> InviteAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<NewInvite>());
        using var admin = AdminConnection.Open(invocation);
        var made = await admin.CreateInviteAsync(new InviteRequest
        {
            Uses = invocation.Get(Uses),
            ExpiresInSeconds = Lifetimes.Of(invocation, ExpiresIn),
            TrustTier = invocation.Get(Trust),
            Repos = Words.Of(invocation.Get(Repos)),
        }, ct);
        invocation.Answer.Write(made, PoolWire.TypeOf<NewInvite>(),
            ("invite", made.InviteId),
            ("lets in", Counted.Of(made.Uses, "worker")),
            ("trust", made.TrustTier),
            ("repos", made.Repos.Count == 0 ? "all" : made.Repos),
            ("expires", made.ExpiresAt),
            ("text", made.Invite));
        invocation.Say("The text is shown only once. Whoever has it registers with: "
            + $"{WorkerRegisterCommand.InviteVariable}={made.Invite} owp worker register --server {invocation.Server!.AbsoluteUri.TrimEnd('/')}");
        return ExitCodes.Done;
    }

    private static async Task<int> ListAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<InviteView>());
        using var admin = AdminConnection.Open(invocation);
        var invites = await admin.ListInvitesAsync(ct);
        invocation.Answer.WriteAll(invites, PoolWire.TypeOf<InviteView>(), "No open invites; 'owp admin invite' makes one.", Columns);
        return ExitCodes.Done;
    }
}
