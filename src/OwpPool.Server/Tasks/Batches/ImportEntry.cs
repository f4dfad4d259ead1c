using System.Text.Json.Nodes;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>One task of a file, as JSON whatever the file is, and where each part of it stands.</summary>
/// <param name="Line">Where the task begins, from 1.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Lines">The line of each field.</param>
public sealed record ImportEntry(int Line, JsonObject Fields, IReadOnlyDictionary<string, int> Lines)
{
    /// <summary>The line of a field; for one that is missing that of the task.</summary>
    public int LineOf(string field) => Lines.GetValueOrDefault(field, Line);
}

/// <summary>Everything that is wrong with a file, by line.</summary>
public sealed class ImportFaults
{
    private readonly SortedDictionary<int, List<string>> _faults = [];

    /// <summary>Nothing is wrong.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>The fault of a file with too many tasks.</summary>
    public static string TooManyTasks(int most) => $"a file has at most {most} tasks";

    /// <summary>Notes a fault.</summary>
    /// <param name="line">From 1; 0 = the file as a whole.</param>
    /// <param name="message">What is wrong there.</param>
    public void Add(int line, string message)
    {
        if (!_faults.TryGetValue(line, out var messages)) _faults.Add(line, messages = []);
        messages.Add(message);
    }

    /// <summary>The 400 that names them all, but no more of them than a person reads.</summary>
    public Hosting.Problems.Problem ToProblem()
    {
        const int most = 100;
        var errors = _faults.Take(most).ToDictionary(
            static fault => fault.Key == 0 ? "body" : $"line {fault.Key}", static fault => (IReadOnlyList<string>)fault.Value, StringComparer.Ordinal);
        if (_faults.Count > most) errors["more"] = [$"{_faults.Count - most} further lines are wrong too"];
        return Hosting.Problems.Problem.Invalid(errors);
    }
}
