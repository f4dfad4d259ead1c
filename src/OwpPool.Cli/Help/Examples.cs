using System.CommandLine;

namespace OwpPool.Cli.Help;

/// <summary>Command lines that show how a command is used; each of them parses.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, string[]> ByPath = new(StringComparer.Ordinal)
    {
        ["worker register"] = ["owp worker register --name ada --skills sql,csharp", "OWP_INVITE=owpi_… owp worker register --name bob --profile bob"],
        ["worker run"] =
        [
            "owp worker run --repo-dir ~/src/shop --preset claude", "owp worker run --repo-dir ~/src/shop --exec ./do-task.sh --concurrency 2",
            "owp worker run --once",
        ],
        ["worker simulate"] = ["owp worker simulate --workers 5 --merge", "owp worker simulate --workers 3 --failure-rate 0.1 --seed 7"],
        ["worker status"] = ["owp worker status", "owp worker status --profile bob --json leases"],
        ["worker explain"] = ["owp worker explain", "owp worker explain t_7f3k2m"],
        ["worker report"] =
        [
            "owp worker report t_7f3k2m in_progress", "owp worker report t_7f3k2m pr_opened --pr https://github.com/acme/shop/pull/7",
        ],
        ["worker release"] = ["owp worker release t_7f3k2m --reason 'Needs a decision first'"],
        ["worker pause"] = ["owp worker pause --message 'Back on Monday'"],
        ["worker resume"] = ["owp worker resume"],
        ["worker rotate-token"] = ["owp worker rotate-token --profile ada"],
        ["worker list"] = ["owp worker list --status idle,working", "owp worker list --search ada --json worker_id,name", "owp worker list --watch"],
        ["worker view"] = ["owp worker view ada", "owp worker view w_9x2k4p --json"],
        ["worker trust"] = ["owp worker trust ada trusted --reason 'Ten good pull requests'"],
        ["worker revoke"] = ["owp worker revoke ada --undo --reason 'Token leaked'"],
        ["admin worker pause"] = ["owp admin worker pause ada --reason Holiday"],
        ["admin worker resume"] = ["owp admin worker resume ada"],
        ["status"] = ["owp status", "owp status --watch", "owp status --jq .tasks_ready"],
        ["task list"] =
        [
            "owp task list --status ready --repo acme/shop", "owp task list --worker ada --watch",
            "owp task list --status blocked --jq '.[] | .title'",
        ],
        ["desk"] = ["owp desk", "owp desk --repo acme/shop", "owp desk --jq '.reviews.items[].pr_url'"],
        ["task bulk requeue"] =
        [
            "owp task bulk requeue --status dead_letter --repo acme/shop --reason 'The build machine is repaired'",
            "owp task bulk requeue --status dead_letter --dry-run --reason Repaired",
        ],
        ["task bulk cancel"] = ["owp task bulk cancel t_7f3k2m t_9x2k4p --reason 'No longer wanted'"],
        ["task bulk edit"] = ["owp task bulk edit --area src/orders --set priority=80 --set tier=1"],
        ["task bulk accept"] = ["owp task bulk accept --merge-reported true --repo acme/shop --dry-run"],
        ["task view"] = ["owp task view t_7f3k2m", "owp task view t_7f3k2m --exit-status --json status"],
        ["task logs"] = ["owp task logs t_7f3k2m --follow"],
        ["task create"] =
        [
            "owp task create --repo acme/shop --title 'Index orders by customer'",
            "owp task create -R acme/shop -t 'Fix login' --estimate 3 --required-skills sql --area src/login",
        ],
        ["task import"] =
        [
            "owp task import tasks.yaml --repo acme/shop --dry-run", "owp task import tasks.yaml --repo acme/shop --on-existing update",
        ],
        ["task edit"] = ["owp task edit t_7f3k2m --priority 80", "owp task edit t_7f3k2m --area '' --if-version 3"],
        ["task move"] = ["owp task move t_7f3k2m --front", "owp task move t_7f3k2m --before t_9x2k4p"],
        ["task accept"] = ["owp task accept t_7f3k2m --rating 5", "owp task accept t_7f3k2m t_9x2k4p"],
        ["task reject"] = ["owp task reject t_7f3k2m --reason 'No tests'", "owp task reject t_7f3k2m --reason 'Wrong approach' --to ready"],
        ["task requeue"] = ["owp task requeue t_7f3k2m --reason 'Its worker is gone'"],
        ["task cancel"] = ["owp task cancel t_7f3k2m --reason 'Done elsewhere'", "owp task cancel t_7f3k2m t_9x2k4p --reason Obsolete --yes"],
        ["task force-status"] = ["owp task force-status t_7f3k2m merged --reason 'Merged by hand'"],
        ["repo list"] = ["owp repo list", "owp repo list --watch"],
        ["repo view"] = ["owp repo view acme/shop"],
        ["repo create"] = ["owp repo create acme/shop --max-open-prs 5", "owp repo create acme/shop --merge-authority maintainer"],
        ["repo edit"] = ["owp repo edit acme/shop --max-open-prs 2", "owp repo edit acme/shop --reset lease_ttl_seconds"],
        ["repo pause"] = ["owp repo pause acme/shop"],
        ["repo resume"] = ["owp repo resume acme/shop"],
        ["repo sync"] = ["owp repo sync acme/shop", "owp repo sync acme/shop --type bidirectional"],
        ["events"] = ["owp events --limit 50", "owp events --follow --topics task,worker.registered", "owp events --follow --json --repo acme/shop"],
        ["audit list"] = ["owp audit list --repo acme/shop --type task.merged", "owp audit list --actor admin:grace --since 2026-01-01"],
        ["audit export"] = ["owp audit export --format csv -o audit.csv"],
        ["audit verify"] = ["owp audit verify", "owp audit verify --db var/pool.db"],
        ["analytics"] = ["owp analytics", "owp analytics --repo acme/shop --period last_30_days"],
        ["admin init-repo"] = ["owp admin init-repo --repo acme/shop --max-open-prs 5"],
        ["admin add-task"] = ["owp admin add-task --repo acme/shop --title 'Index orders by customer'"],
        ["admin import-tasks"] = ["owp admin import-tasks tasks.yaml --repo acme/shop"],
        ["admin import-github-issues"] = ["owp admin import-github-issues --repo acme/shop --label pool:ready"],
        ["admin state"] = ["owp admin state --json"],
        ["admin pause"] = ["owp admin pause --note 'Release week' --until 2026-03-01"],
        ["admin resume"] = ["owp admin resume"],
        ["admin invite"] = ["owp admin invite --uses 3 --expires-in 7d --trust-tier untrusted"],
        ["admin invites"] = ["owp admin invites"],
        ["admin invites revoke"] = ["owp admin invites revoke i_4k7m2p"],
        ["admin token create"] = ["owp admin token create grace --role admin --expires-in 90d"],
        ["admin token list"] = ["owp admin token list"],
        ["admin token revoke"] = ["owp admin token revoke grace"],
        ["profile list"] = ["owp profile list"],
        ["profile use"] = ["owp profile use ada"],
        ["profile add"] = ["owp profile add prod --server https://pool.example.com"],
        ["profile remove"] = ["owp profile remove bob --yes"],
        ["db backup"] = ["owp db backup backup.db --db var/pool.db"],
        ["db restore"] = ["owp db restore backup.db --db var/pool.db"],
        ["doctor"] = ["owp doctor", "owp doctor --profile ada"],
        ["demo"] = ["owp demo --tasks deploy/demo/tasks.yaml", "owp demo --tasks tasks.yaml --repo demo/mine --speed 4"],
        ["conformance"] = ["owp conformance --level core", "owp conformance --only R4 --server https://pool.example.com"],
        ["mcp"] = ["owp mcp --profile ada"],
        ["completion"] = ["source <(owp completion bash)"],
        ["help"] = ["owp help formatting"],
    };

    /// <summary>Those of a command; none of one that only groups others. The older tool's names show those of the newer.</summary>
    public static IReadOnlyList<string> Of(Command command)
    {
        var path = PathOf(command);
        return ByPath.GetValueOrDefault(path) ?? ByPath.GetValueOrDefault(path.StartsWith("admin ", StringComparison.Ordinal) ? path[6..] : path) ?? [];
    }

    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() switch
    {
        null => "",
        RootCommand => command.Name,
        var parent => $"{PathOf(parent)} {command.Name}",
    };
}
