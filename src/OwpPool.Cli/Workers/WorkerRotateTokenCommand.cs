using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker rotate-token</c>: a new token in place of one that somebody may have seen.</summary>
internal static class WorkerRotateTokenCommand
{
    public static Command Create() => new Command("rotate-token", "Replace the worker's token; the old one is good for a minute more.")
    {
        WorkerConnection.Token,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        using var connection = WorkerConnection.Open(invocation);
        if (connection.Profile is not null) await invocation.Config.RequireWritableAsync(ct);
        var rotated = await connection.Client.RotateTokenAsync(ct);
        if (connection is not { ProfileName: { } name, Profile: { } profile })
        {
            invocation.Output.WriteLine(Printable.Of(rotated.Token));
            invocation.Say("The token is shown only once.");
            return ExitCodes.Done;
        }
        try
        {
            // Not cancelled: the token was told once, and the old one ends soon.
            await invocation.Config.ChangeAsync(
                config => config.With(name, (config.Profiles.GetValueOrDefault(name) ?? profile) with { Token = rotated.Token }),
                CancellationToken.None);
        }
        catch (UsageException)
        {
            invocation.Say($"The new token could not be kept. It is shown only once: {rotated.Token}");
            throw;
        }
        invocation.Say($"Profile '{name}' has the new token; the old one is good for {rotated.OldTokenSeconds} seconds more.");
        return ExitCodes.Done;
    }
}
