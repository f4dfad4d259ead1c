using System.CommandLine;

namespace OwpPool.Cli;

/// <summary>The options that every command has.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Server = new("--server", "-s")
    {
        Description = "Address of the pool, such as https://pool.example.com [OWP_URL, the profile's, http://127.0.0.1:8787].",
        HelpName = "url",
        Recursive = true,
    };

    public static readonly Option<string?> Profile = new("--profile", "-p")
    {
        Description = "Profile of the configuration: which worker, at which pool [OWP_PROFILE, the default one].",
        HelpName = "name",
        Recursive = true,
    };

    public static readonly Option<string?> Config = new("--config")
    {
        Description = "The configuration file [$XDG_CONFIG_HOME/owp-pool/config.json].",
        HelpName = "file",
        Recursive = true,
    };

    public static readonly Option<bool> Debug = new("--debug")
    {
        Description = "Tell on stderr of each request, and where an error comes from.",
        Recursive = true,
    };
}
