using System.CommandLine;

namespace OwpPool.Cli.Output;

/// <summary>Why something is done; kept in the audit log.</summary>
internal static class Reason
{
    /// <summary>Where the pool asks for one.</summary>
    public static readonly Option<string> Required = new("--reason", "-m")
    {
        Description = "Why; kept in the audit log.",
        HelpName = "text",
        Required = true,
    };

    public static readonly Option<string?> Optional = new("--reason", "-m")
    {
        Description = "Why; kept in the audit log.",
        HelpName = "text",
    };
}
