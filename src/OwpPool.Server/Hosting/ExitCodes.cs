namespace OwpPool.Server.Hosting;

/// <summary>What the process tells the shell; numbers as in sysexits.h where it has one.</summary>
public static class ExitCodes
{
    /// <summary>Stopped as asked.</summary>
    public const int Done = 0;

    /// <summary>Something nobody expected; the log has it.</summary>
    public const int Fault = 1;

    /// <summary>The command line says something; everything is set by settings.</summary>
    public const int Usage = 64;

    /// <summary>The address or port cannot be had.</summary>
    public const int Unavailable = 69;

    /// <summary>The database cannot be used.</summary>
    public const int Storage = 74;

    /// <summary>Settings are wrong; all of them were named and nothing was started.</summary>
    public const int Settings = 78;
}
