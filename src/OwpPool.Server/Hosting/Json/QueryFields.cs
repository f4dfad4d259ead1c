using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Reads query parameters the way <see cref="JsonFields"/> reads a body: all faults at once, unknown ones ignored.</summary>
public sealed class QueryFields(IQueryCollection query)
{
    private readonly FieldErrors _errors = new();

    /// <summary>What to answer with; null if nothing is wrong so far.</summary>
    public Problem? Problem => _errors.IsEmpty ? null : _errors.ToProblem();

    /// <summary>A whole number within bounds, both inclusive, in plain digits; null if it is absent.</summary>
    public int? Integer(string name, int least, int most)
    {
        if (!query.TryGetValue(name, out var values)) return null;
        if (values.Count != 1) _errors.Add(name, "must be given once");
        else if (!int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
            _errors.Add(name, $"must be a whole number from {least} to {most}");
        else return number;
        return null;
    }

    /// <summary>A well-formed id with the prefix; null if it is absent.</summary>
    public string? Id(string name, string prefix)
    {
        if (!query.TryGetValue(name, out var values)) return null;
        if (values.Count != 1) _errors.Add(name, "must be given once");
        else if (!Ids.IsId(values[0], prefix)) _errors.Add(name, $"must be an id that begins with '{prefix}'");
        else return values[0];
        return null;
    }
}
