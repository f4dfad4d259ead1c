using System.CommandLine;

namespace OwpPool.Cli.Help;

/// <summary><c>owp help</c>: what belongs to no single command.</summary>
internal static class HelpCommand
{
    private const string Environment = """
        A flag overrides a variable, a variable overrides the configuration file,
        the file overrides the default. --profile overrides OWP_URL and OWP_TOKEN.

        OWP_URL          address of the pool [http://127.0.0.1:8787]
        OWP_PROFILE      profile of the configuration file [its default]
        OWP_TOKEN        a worker's token [the profile's]
        OWP_ADMIN_TOKEN  the admin token, or a maintainer's own; never saved
        OWP_INVITE       a maintainer's invite, for 'owp worker register'
        OWP_ALLOW_HTTP   comma-separated hosts that may get tokens over plain http
                         [this machine only]
        XDG_CONFIG_HOME  folder of owp-pool/config.json [~/.config]
        NO_COLOR         if set, no colours; so does CLICOLOR=0

        A profile's token is sent only to the profile's server. The admin token is
        sent to the pool named by --server, OWP_URL or 'owp profile add', or to the
        default address; never to one that only 'owp worker register' named.
        """;

    private const string ExitCodesText = """
        0   done
        1   error: wrong command line or file, the pool refused or is not reachable,
            or the result is not what was asked for
        2   cancelled: Ctrl-C, SIGTERM, or not confirmed
        4   authentication: no token, or the pool refused it
        8   still pending: 'owp task view --exit-status' of an unfinished task
        """;

    private const string Formatting = """
        On a terminal, answers are tables. Elsewhere each line is one item: fields
        separated by tabs, no header, whole ids, times as 2026-01-18T05:00:00.000Z.
        Data goes to stdout, everything else to stderr.

        --json             all fields as JSON; lists are arrays, streams one object
                           a line
        --json id,status   only these fields; a wrong name lists the right ones
        --jq EXPRESSION    filter the JSON with jq (must be installed)
        --watch            lists and views: show again on every change

        Tables show short ids. Arguments accept the beginning of an id that is
        unique in the pool, and a worker's name if only one worker has it.

        owp task list --status ready --jq '.[].task_id'
        """;

    private static readonly Argument<string?> Topic = new("topic")
    {
        Description = "environment, exit-codes or formatting.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static HelpCommand() => Topic.AcceptOnlyFromAmong("environment", "exit-codes", "formatting");

    public static Command Create()
    {
        var command = new Command("help", "Explain variables, exit codes and output.") { Topic };
        command.SetAction(parsed => Write(parsed.GetValue(Topic), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Write(string? topic, TextWriter output)
    {
        output.WriteLine(topic switch
        {
            "environment" => Environment,
            "exit-codes" => ExitCodesText,
            "formatting" => Formatting,
            _ => $"{Environment}\n\nExit codes\n\n{ExitCodesText}\n\nOutput\n\n{Formatting}",
        });
        return ExitCodes.Done;
    }
}
