using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary>What <c>owp worker pause</c> asked for in another shell.</summary>
/// <remarks>A heartbeat says what its worker does and replaces what was said before. So whoever beats for a worker that runs looks first,
/// or it would undo the pause.</remarks>
internal static class OwnPause
{
    /// <summary>Whether the worker's own last word is that it wants no new work.</summary>
    public static async Task<bool> IsOnAsync(PoolClient pool, CancellationToken ct) => (await pool.GetSelfAsync(ct)).Status is "paused";
}
