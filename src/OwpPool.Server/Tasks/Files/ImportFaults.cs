using System.Globalization;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Tasks.Files;

/// <summary>Everything that is wrong with a task file, by kind: the same fault of many tasks is told once, with its places.</summary>
public sealed class ImportFaults
{
    /// <summary>What to do about a faulty file. The suggestion of other requests, to send them again, helps nobody who has a file.</summary>
    public const string Suggestion = "Correct the file and import it again. docs/task-files.md describes every field.";

    /// <summary>No more kinds than a person reads.</summary>
    private const int MaxKinds = 100;

    /// <summary>Places that are named of a fault with many.</summary>
    private const int MaxPlaces = 5;

    private readonly Dictionary<string, List<Place>> _kinds = new(StringComparer.Ordinal);

    /// <summary>Nothing is wrong.</summary>
    public bool IsEmpty => _kinds.Count == 0;

    /// <summary>Notes a fault.</summary>
    /// <param name="line">From 1; 0 = the file as a whole.</param>
    /// <param name="message">What is wrong there: the same words for the same kind of fault.</param>
    /// <param name="note">What differs from place to place, such as the value; null = nothing.</param>
    public void Add(int line, string message, string? note = null)
    {
        if (!_kinds.TryGetValue(message, out var places)) _kinds.Add(message, places = []);
        places.Add(new Place(line, note));
    }

    /// <summary>The 400 that tells each kind at the line where it is met first.</summary>
    public Problem ToProblem()
    {
        var kinds = _kinds.Select(static kind => (Message: kind.Key, Places: kind.Value.OrderBy(static place => place.Line).ToList()))
            .OrderBy(static kind => kind.Places[0].Line).ToList();
        var errors = kinds.Take(MaxKinds).GroupBy(static kind => kind.Places[0].Line).ToDictionary(
            static line => line.Key == 0 ? "body" : string.Create(CultureInfo.InvariantCulture, $"line {line.Key}"),
            static line => (IReadOnlyList<string>)[.. line.Select(static kind => Describe(kind.Message, kind.Places))], StringComparer.Ordinal);
        if (kinds.Count > MaxKinds) errors["more"] = [$"{kinds.Count - MaxKinds} other kinds of faults"];
        return Problem.Invalid(errors, Suggestion);
    }

    private static string Describe(string message, List<Place> places)
    {
        if (places is [var only]) return only.Note is null ? message : $"{message}: {only.Note}";
        var shown = string.Join(", ", places.Take(MaxPlaces).Select(static place => place.ToString()));
        var rest = places.Count > MaxPlaces ? $" and {places.Count - MaxPlaces} more" : "";
        return $"{message} ({places.Count} times, at lines {shown}{rest})";
    }

    private readonly record struct Place(int Line, string? Note)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Line}{(Note is null ? "" : $": {Note}")}");
    }
}
