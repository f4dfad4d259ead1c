namespace OwpPool.Cli;

/// <summary>What <c>owp</c> tells the shell. Part of its contract: scripts test for it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It was tried, and the result is not what was asked for.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a file it names is wrong; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>The pool cannot be reached or refuses.</summary>
    public const int Pool = 3;

    /// <summary>Stopped by Ctrl-C or SIGTERM, as shells number it.</summary>
    public const int Interrupted = 130;
}
