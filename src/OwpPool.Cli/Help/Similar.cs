using System.CommandLine;
using System.CommandLine.Parsing;

namespace OwpPool.Cli.Help;

/// <summary>What somebody means who types a word that there is not.</summary>
internal static class Similar
{
    private const int Most = 6;

    /// <summary>Words of other tools.</summary>
    private static readonly Dictionary<string, string[]> Meant = new(StringComparer.Ordinal)
    {
        ["ls"] = ["list"], ["get"] = ["view", "list"], ["show"] = ["view"], ["describe"] = ["view"], ["info"] = ["view", "status"],
        ["new"] = ["create"], ["add"] = ["create", "import"], ["delete"] = ["cancel", "remove", "revoke"], ["rm"] = ["cancel", "remove", "revoke"],
        ["update"] = ["edit"], ["patch"] = ["edit"], ["set"] = ["edit"], ["apply"] = ["import"], ["retry"] = ["requeue"], ["restart"] = ["requeue"],
        ["approve"] = ["accept"], ["merge"] = ["accept"], ["deny"] = ["reject"], ["log"] = ["logs"], ["state"] = ["status"], ["start"] = ["run"],
        ["workers"] = ["worker"], ["tasks"] = ["task"], ["repos"] = ["repo"], ["login"] = ["register"], ["watch"] = ["status", "events"],
        ["--top"] = ["--front"], ["--first"] = ["--front"], ["--bottom"] = ["--back"], ["--last"] = ["--back"], ["--force"] = ["--yes"],
        ["--confirm"] = ["--yes"], ["--message"] = ["--reason"], ["--output"] = ["--json"], ["--format"] = ["--json"], ["--follow"] = ["--watch"],
        ["--skills"] = ["--required-skills"], ["--points"] = ["--estimate"], ["--url"] = ["--server"], ["--name"] = ["--title"],
    };

    /// <summary>Whole commands or options of the command that the word may mean, the best first; none = nobody knows.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, RootCommand root)
    {
        var word = parsed.UnmatchedTokens.FirstOrDefault() ?? parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal))?.Value;
        if (word is null) return [];
        var command = parsed.CommandResult.Command;
        return word.StartsWith('-') ? OptionsLike(word, parsed.CommandResult) : CommandsLike(word, command, root);
    }

    /// <summary>How many letters have to be added, removed or changed, or have changed places.</summary>
    internal static int Distance(string one, string other)
    {
        var (before, row) = (new int[other.Length + 1], Enumerable.Range(0, other.Length + 1).ToArray());
        for (var i = 1; i <= one.Length; i++)
        {
            var (previous, next) = (row, new int[other.Length + 1]);
            next[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = one[i - 1] == other[j - 1] ? 0 : 1;
                next[j] = Math.Min(Math.Min(previous[j], next[j - 1]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) next[j] = Math.Min(next[j], before[j - 2] + 1);
            }
            (before, row) = (previous, next);
        }
        return row[^1];
    }

    private static List<string> OptionsLike(string word, CommandResult at)
    {
        var names = new List<string>();
        for (SymbolResult? part = at; part is not null; part = part.Parent)
            if (part is CommandResult { Command: var command }) names.AddRange(command.Options.Where(option => part == at || option.Recursive)
                .SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal)));
        return Best(word, names);
    }

    /// <summary>Below the command that was reached, else anywhere: who says 'owp list' means one of several lists.</summary>
    private static List<string> CommandsLike(string word, Command command, RootCommand root)
    {
        var here = Best(word, [.. command.Subcommands.Select(child => child.Name)]);
        if (here.Count > 0) return here.ConvertAll(name => $"{PathOf(command)} {name}");
        var all = Paths(root).Where(path => !path.StartsWith("owp admin ", StringComparison.Ordinal) || path.Split(' ').Length == 3).ToList();
        var names = Best(word, [.. all.Select(path => path[(path.LastIndexOf(' ') + 1)..]).Distinct()]);
        return [.. names.SelectMany(name => all.Where(path => path.EndsWith(" " + name, StringComparison.Ordinal))).Distinct().Take(Most)];
    }

    private static List<string> Best(string word, IReadOnlyCollection<string> names)
    {
        var plain = word.ToLowerInvariant();
        var exact = names.Where(name => name == plain).Concat(Meant.GetValueOrDefault(plain, []).Where(names.Contains)).Distinct().ToList();
        if (exact.Count > 0) return exact;
        var near = names.Distinct().Select(name => (Name: name, Distance: Distance(plain, name)))
            .Where(pair => pair.Distance <= Math.Max(1, plain.TrimStart('-').Length / 3)
                || (plain.TrimStart('-').Length >= 3 && pair.Name.StartsWith(plain, StringComparison.Ordinal)))
            .OrderBy(pair => pair.Distance).ToList();
        return [.. near.Select(pair => pair.Name).Take(3)];
    }

    private static IEnumerable<string> Paths(Command root) => root.Subcommands.SelectMany(child =>
        Paths(child).Prepend(PathOf(child)));

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "owp";
}
