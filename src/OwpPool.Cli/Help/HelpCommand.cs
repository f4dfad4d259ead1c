using System.CommandLine;

namespace OwpPool.Cli.Help;

/// <summary><c>owp help</c>: what belongs to no single command.</summary>
internal static class HelpCommand
{
    private const string Environment = """
        A flag goes before a variable, a variable before the configuration file, the file before the default. A profile that is named by
        flag goes before the variables that say the same.

        OWP_URL           address of the pool [http://127.0.0.1:8787]
        OWP_PROFILE       profile of the configuration file [its default one]
        OWP_TOKEN         a worker's token; without it the profile's
        OWP_ADMIN_TOKEN   the admin token, or a maintainer's own; it is kept in no file
        OWP_INVITE        the text of a maintainer's invite, for 'owp worker register'
        OWP_ALLOW_HTTP    comma-separated hosts that tokens may go to over plain http [this machine only]
        XDG_CONFIG_HOME   folder of owp-pool/config.json [~/.config]
        NO_COLOR          set and not empty: no colours; so does CLICOLOR=0

        A profile's token is sent to the profile's own server only. The admin token is sent to the pool that --server, OWP_URL or
        'owp profile add' names, or to the default address; not to one that only 'owp worker register' has named.
        """;

    private const string ExitCodesText = """
        0   done
        1   error: the command line or a file is wrong, the pool refuses or cannot be reached, or the result is not what was asked for
        2   cancelled: stopped by Ctrl-C or SIGTERM, or not confirmed
        4   needs auth: there is no token, or the pool does not take it
        8   still pending: 'owp task view --exit-status' of a task that is neither merged nor given up
        """;

    private const string Formatting = """
        On a terminal, answers are tables for people. Elsewhere each line is one thing, its fields parted by tabs, without a header and with
        times as 2026-01-18T05:00:00.000Z. Only data goes to the output, all else to the error stream.

        --json                all fields as JSON; lists are arrays, streams an object a line
        --json id,status      only these; a wrong name is answered with the names that there are

        owp task list --status ready --json id,title | jq -r '.[].id'
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
