using System.CommandLine;
using System.Security.Cryptography;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Run;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker rotate-token</c>: a new token in place of one that somebody may have seen.</summary>
internal static class WorkerRotateTokenCommand
{
    /// <summary>A little less than the time that the old token is still good.</summary>
    private static readonly TimeSpan OldTokenLife = TimeSpan.FromSeconds(55);

    public static Command Create() => new Command("rotate-token", "Replace the worker's token; the old one is good for a minute more.")
    {
        WorkerConnection.Token,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        using var connection = WorkerConnection.Open(invocation);
        if (connection.Profile is not null) await invocation.Config.RequireWritableAsync(ct);
        var rotated = await RotateAsync(invocation, connection.Client, ct);
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

    /// <summary>A token that was replaced and never told is lost a minute later, and the worker with it. So it is asked for under one key
    /// until then.</summary>
    private static async Task<RotatedToken> RotateAsync(Invocation invocation, PoolClient pool, CancellationToken ct)
    {
        var time = invocation.Host.Time;
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        using var limit = new CancellationTokenSource(OldTokenLife, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var patience = new Patience(time, step => invocation.Say(step.Note!));
        try
        {
            return await patience.AskAsync(inner => pool.RotateTokenAsync(key, inner), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException("The pool did not tell the new token in time. If 'owp worker status' is refused in two minutes, it was "
                + "replaced all the same: register again.");
        }
    }
}
