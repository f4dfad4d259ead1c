using System.Collections;

namespace OwpPool.Cli.Conformance;

/// <summary>Which servers a check is for.</summary>
internal enum Level
{
    /// <summary>OWP v0.1 as published: what any OWP server has.</summary>
    Core,

    /// <summary>The whole contract of OwpPool.</summary>
    Pool,
}

/// <summary>What a check needs of the repo that all share.</summary>
internal enum Lane
{
    /// <summary>Runs beside others: its tasks, areas and workers are its own.</summary>
    Shared,

    /// <summary>Takes a lease that is short and waits for its end, beside others.</summary>
    Patient,

    /// <summary>Changes the repo's settings or counts its budget; has the repo for itself.</summary>
    Alone,
}

/// <summary>One requirement and how to see whether a server meets it.</summary>
/// <param name="Id">Stable, such as R3.2 or work.wait.</param>
/// <param name="Section">The part of the contract that requires it.</param>
/// <param name="Requirement">What is required, in a sentence.</param>
/// <param name="Run">Throws <see cref="CheckFailedException"/> or <see cref="CheckSkippedException"/>.</param>
internal sealed record Check(string Id, string Section, Level Level, string Requirement, Lane Lane, Func<Stage, Task> Run)
{
    /// <summary>Whether <c>--only</c> with this text means it.</summary>
    public bool Fits(string text) =>
        Id.Contains(text, StringComparison.OrdinalIgnoreCase) || Section.Contains(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The checks of one part of the contract.</summary>
internal sealed class Section(string title) : IEnumerable<Check>
{
    private readonly List<Check> _checks = [];

    public void Add(string id, Level level, string requirement, Func<Stage, Task> run, Lane lane = Lane.Shared) =>
        _checks.Add(new Check(id, title, level, requirement, lane, run));

    public IEnumerator<Check> GetEnumerator() => _checks.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
