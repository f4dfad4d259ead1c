using System.CommandLine;
using System.CommandLine.Completions;
using OwpPool.Cli.Connections;
using OwpPool.Client;

namespace OwpPool.Cli.Help;

/// <summary>Completes what only the pool or the configuration knows: ids, workers, repos and profiles. It asks nobody for anything, and where
/// the pool does not answer at once it offers nothing.</summary>
internal static class Completing
{
    private const int Most = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly AsyncLocal<CliHost?> Host = new();

    /// <summary>Says what the completions of this run see; the parser does not hand it on.</summary>
    public static void Use(CliHost host) => Host.Value = host;

    /// <summary>Gives every argument and option of the commands its source, by its name.</summary>
    public static void Attach(Command root)
    {
        var seen = new HashSet<Symbol>();
        Visit(root);

        void Visit(Command command)
        {
            foreach (var argument in command.Arguments.Where(argument => seen.Add(argument)))
                if (SourceOf(argument.Name) is { } source) argument.CompletionSources.Add(source);
            foreach (var option in command.Options.Where(option => seen.Add(option)))
                if (SourceOf(option.Name) is { } source) option.CompletionSources.Add(source);
            foreach (var child in command.Subcommands) Visit(child);
        }
    }

    private static Func<CompletionContext, IEnumerable<CompletionItem>>? SourceOf(string name) => name switch
    {
        "task" or "tasks" or "--before" or "--depends-on" => context => Ask(context, TasksAsync),
        "worker" or "--worker" => context => Ask(context, WorkersAsync),
        "repo" or "--repo" => context => Ask(context, ReposAsync),
        "invite" => context => Ask(context, async (invocation, _, ct) =>
        {
            using var admin = AdminConnection.Open(invocation);
            return [.. (await admin.ListInvitesAsync(ct)).Select(invite => invite.InviteId)];
        }),
        "profile" or "--profile" => context => Ask(context, (invocation, _, _) =>
            Task.FromResult<IReadOnlyList<string>>([.. invocation.Config.Read().Profiles.Keys])),
        _ => null,
    };

    private static async Task<IReadOnlyList<string>> TasksAsync(Invocation invocation, string word, CancellationToken ct)
    {
        using var reader = ReaderConnection.Open(invocation);
        var prefix = Lookup.IsPrefix(word, Lookup.Task) ? word : null;
        return await reader.Pool.ListTasksAsync(new TaskQuery { IdPrefix = prefix }, Most, ct).Take(Most).Select(task => task.TaskId).ToListAsync(ct);
    }

    private static async Task<IReadOnlyList<string>> WorkersAsync(Invocation invocation, string word, CancellationToken ct)
    {
        using var admin = AdminConnection.Open(invocation);
        var workers = await admin.ListWorkersAsync(null, Most, ct).Take(Most).ToListAsync(ct);
        return [.. workers.Select(worker => word.StartsWith("w_", StringComparison.Ordinal) ? worker.WorkerId : worker.Name).Distinct()];
    }

    private static async Task<IReadOnlyList<string>> ReposAsync(Invocation invocation, string word, CancellationToken ct)
    {
        using var admin = AdminConnection.Open(invocation);
        return await admin.ListReposAsync(Most, ct).Take(Most).Select(repo => repo.Repo).ToListAsync(ct);
    }

    private static IEnumerable<CompletionItem> Ask(
        CompletionContext context, Func<Invocation, string, CancellationToken, Task<IReadOnlyList<string>>> find)
    {
        if (Host.Value is not { } host) return [];
        using var patience = new CancellationTokenSource(Patience, host.Time);
        var quiet = new CliHost { Output = TextWriter.Null, Error = TextWriter.Null, Variables = host.Variables, Time = host.Time };
        var invocation = new Invocation(context.ParseResult, quiet);
        try
        {
            // A shell waits for the answer; there is nothing else to do meanwhile.
            var found = find(invocation, context.WordToComplete ?? "", patience.Token).GetAwaiter().GetResult();
            return found.Where(text => !text.Any(character => char.IsWhiteSpace(character) || Output.Printable.IsUnsafe(character)))
                .Select(text => new CompletionItem(text)).ToList();
        }
        catch (Exception failure) when (failure is OperationCanceledException || CommandFailure.IsExpected(failure))
        {
            return [];
        }
    }
}
