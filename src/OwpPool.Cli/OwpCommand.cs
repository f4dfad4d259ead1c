using System.CommandLine;
using OwpPool.Cli.Demo;

namespace OwpPool.Cli;

/// <summary>The command line of <c>owp</c>.</summary>
internal static class OwpCommand
{
    public static RootCommand Create() => new("Worker and admin commands for an Open Work Protocol pool.")
    {
        DemoCommand.Create(),
    };
}
