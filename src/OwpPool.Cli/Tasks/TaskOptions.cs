using System.CommandLine;
using System.CommandLine.Parsing;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Tasks;

/// <summary>What a task is made of, as options; the names are those of the older tool.</summary>
internal static class TaskOptions
{
    public static readonly Argument<string> Id = new("task") { Description = "The task's id, t_…, or its beginning." };

    public static readonly Argument<string[]> Ids = new("tasks")
    {
        Description = "The tasks' ids, t_…, or their beginnings.",
        Arity = ArgumentArity.OneOrMore,
    };

    static TaskOptions()
    {
        Id.Validators.Add(RefuseOptions);
        Ids.Validators.Add(RefuseOptions);
    }

    public static readonly Option<string?> Title = new("--title", "-t") { Description = "What to do, in one line.", HelpName = "text" };

    public static readonly Option<string?> Description = new("--description", "-d")
    {
        Description = "What to do; '-' reads it from standard input.",
        HelpName = "text",
    };

    public static readonly Option<int?> Estimate = Numbers.Option(
        "--estimate", "How much it weighs against a worker's capacity, 1 to 100 [1].", "points");

    public static readonly Option<int?> Priority = Numbers.Option("--priority", "0 to 1000, higher first [10].");

    public static readonly Option<string[]> Skills = new("--required-skills")
    {
        Description = "What a worker must know, comma-separated; none = anyone may take it.",
        HelpName = "a,b",
    };

    public static readonly Option<string?> Area = new("--area") { Description = "Part of the repo that it locks.", HelpName = "path" };
    public static readonly Option<int?> Tier = Numbers.Option("--tier", "How much trust it asks for, 0 to 3 [0].");

    public static readonly Option<string[]> DependsOn = new("--depends-on")
    {
        Description = "Tasks that must be merged first, comma-separated.",
        HelpName = "t_…,t_…",
    };

    public static readonly Option<string?> NotBefore = new("--not-before")
    {
        Description = "Nobody gets it before this instant, such as 2026-01-18T05:00:00Z; 'now' takes it away.",
        HelpName = "time",
    };

    /// <summary>The parser would take an option that there is not for another id.</summary>
    public static void RefuseOptions(ArgumentResult ids)
    {
        foreach (var token in ids.Tokens.Where(token => token.Value.StartsWith('-'))) ids.AddError($"There is no option '{token.Value}'.");
    }

    /// <summary>The description, read to its end where it is to come from standard input.</summary>
    public static string? DescriptionOf(Invocation invocation) =>
        invocation.Get(Description) is "-" ? invocation.Host.Input.ReadToEnd() : invocation.Get(Description);

    /// <summary>The skills; null where they are not said.</summary>
    public static IReadOnlyList<string>? SkillsOf(Invocation invocation) =>
        invocation.Has(Skills) ? Words.Of(invocation.Get(Skills)) : null;

    /// <summary>The dependencies; null where they are not said.</summary>
    public static IReadOnlyList<string>? NeedsOf(Invocation invocation) =>
        invocation.Has(DependsOn) ? Words.Of(invocation.Get(DependsOn)) : null;

    /// <summary>The instant; null where none is said, or where it is to be taken away.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static DateTimeOffset? NotBeforeOf(Invocation invocation) =>
        ClearsNotBefore(invocation) ? null : Instants.Of(invocation, NotBefore);

    /// <summary>Whether it is to be taken away.</summary>
    public static bool ClearsNotBefore(Invocation invocation) => invocation.Get(NotBefore) == "now";
}
