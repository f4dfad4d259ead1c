namespace OwpPool.Cli;

/// <summary>What <c>owp</c> tells the shell. Part of its contract: scripts test for it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command line or a file it names is wrong, the pool refuses or cannot be reached, or the result is not what was asked
    /// for; what was said tells which.</summary>
    public const int Error = 1;

    /// <summary>Stopped by Ctrl-C or SIGTERM, or not confirmed.</summary>
    public const int Cancelled = 2;

    /// <summary>There is no token, or the pool does not take the one there is.</summary>
    public const int NeedsAuth = 4;

    /// <summary>What was asked about is still going on.</summary>
    public const int Pending = 8;
}
