using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Everything that is wrong with a request, by field, so that a caller learns all of it at once.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    /// <summary>Nothing is wrong.</summary>
    public bool IsEmpty => _errors.Count == 0;

    /// <summary>All that is wrong, by field.</summary>
    public IEnumerable<(string Field, IReadOnlyList<string> Messages)> All =>
        _errors.Select(static error => (error.Key, (IReadOnlyList<string>)error.Value));

    /// <summary>Adds what is wrong with a field.</summary>
    public void Add(string field, string message)
    {
        if (!_errors.TryGetValue(field, out var messages)) _errors.Add(field, messages = []);
        messages.Add(message);
    }

    /// <summary>The 400 that names them all.</summary>
    public Problem ToProblem() => Problem.Invalid(_errors.ToDictionary(
        static error => error.Key, static error => (IReadOnlyList<string>)error.Value, StringComparer.Ordinal));
}
