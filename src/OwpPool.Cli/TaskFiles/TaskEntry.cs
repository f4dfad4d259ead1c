namespace OwpPool.Cli.TaskFiles;

/// <summary>One task of a task file, checked.</summary>
internal sealed record TaskEntry
{
    /// <summary>Where it begins in the file, from 1.</summary>
    public required int Line { get; init; }

    public required string Title { get; init; }

    public string? Description { get; init; }

    public int EstimatePoints { get; init; } = 1;

    public int Priority { get; init; } = 10;

    public IReadOnlyList<string> RequiredSkills { get; init; } = [];

    public string? Area { get; init; }

    public int Tier { get; init; }

    /// <summary>Titles or external ids of tasks of the same file.</summary>
    public IReadOnlyList<Reference> DependsOn { get; init; } = [];

    /// <summary>As written, or made from the title: the same file gives the same ids again.</summary>
    public required string ExternalId { get; init; }

    /// <summary>A dependency as written, and where.</summary>
    internal readonly record struct Reference(string Name, int Line);
}
