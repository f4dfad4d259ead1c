using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary>Maintainers by name: <c>owp admin token create, list, revoke</c>.</summary>
internal static class TokenCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "Name of the maintainer; the audit log records admin:NAME." };

    private static readonly Option<string> Role = new("--role")
    {
        Description = "admin does everything; viewer reads everything and changes nothing.",
        Required = true,
    };

    private static readonly Option<double?> ExpiresIn = Lifetimes.Option("How long it is valid [until revoked].");

    private static readonly Column<TokenView>[] Columns =
    [
        new("name", token => token.Name),
        new("role", token => token.Role),
        new("expires", token => token.ExpiresAt),
        new("created", token => token.CreatedAt) { Rank = 1 },
        new("by", token => token.CreatedBy) { Rank = 2 },
    ];

    static TokenCommands() => Role.AcceptOnlyFromAmong("admin", "viewer");

    public static Command CreateCreate() => new Command("create", "Give a maintainer a token; it is shown only once.")
    {
        Name, Role, ExpiresIn, AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<NewToken>());
        using var admin = AdminConnection.Open(invocation);
        var made = await admin.CreateTokenAsync(
            new TokenRequest(invocation.Get(Name)!, invocation.Get(Role)!) { ExpiresInSeconds = Lifetimes.Of(invocation, ExpiresIn) }, ct);
        invocation.Answer.Write(made, PoolWire.TypeOf<NewToken>(),
            ("name", made.Name), ("role", made.Role), ("expires", made.ExpiresAt), ("token", made.Token));
        invocation.Say($"The token is shown only once: its holder sets {AdminConnection.Variable} to it.");
        return ExitCodes.Done;
    });

    public static Command CreateList() => new Command("list", "List the maintainers that have a token.")
    {
        AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<TokenView>());
        using var admin = AdminConnection.Open(invocation);
        var tokens = await admin.ListTokensAsync(ct);
        invocation.Answer.WriteAll(
            tokens, PoolWire.TypeOf<TokenView>(), "No maintainer has a token; 'owp admin token create' makes one.", Columns);
        return ExitCodes.Done;
    });

    public static Command CreateRevoke() => new Command("revoke", "Revoke a maintainer's token, at once and permanently.")
    {
        Name, AdminConnection.Token,
    }.Runs(async (invocation, ct) =>
    {
        var name = invocation.Get(Name)!;
        using var admin = AdminConnection.Open(invocation);
        await admin.RevokeTokenAsync(name, ct);
        invocation.Say($"Revoked the token of '{name}'.");
        return ExitCodes.Done;
    });
}
