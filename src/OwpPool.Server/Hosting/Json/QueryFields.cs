using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Core.Text;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Reads query parameters the way <see cref="JsonFields"/> reads a body: all faults at once, unknown ones ignored.</summary>
public sealed class QueryFields(IQueryCollection query)
{
    private readonly FieldErrors _errors = new();

    /// <summary>What to answer with; null if nothing is wrong so far.</summary>
    public Problem? Problem => _errors.IsEmpty ? null : _errors.ToProblem();

    /// <summary>Whether the parameter is there.</summary>
    public bool Has(string name) => query.ContainsKey(name);

    /// <summary>A text of one line with something to see in it, trimmed; null if it is absent.</summary>
    public string? Text(string name, int maxLength)
    {
        if (One(name) is not { } text) return null;
        var fault = TextRules.IsBlank(text) ? "must not be blank"
            : TextRules.LengthOf(text) > maxLength ? $"must have at most {maxLength} characters" : TextRules.WhyNotLine(text);
        if (fault is null) return text.Trim();
        _errors.Add(name, fault);
        return null;
    }

    /// <summary>One of a few words; null if it is absent.</summary>
    public string? Word(string name, IReadOnlyCollection<string> words)
    {
        if (One(name) is not { } text) return null;
        if (words.Contains(text)) return text;
        _errors.Add(name, $"must be one of {string.Join(", ", words)}");
        return null;
    }

    /// <summary>true or false; null if it is absent.</summary>
    public bool? Flag(string name)
    {
        if (One(name) is not { } text) return null;
        if (text is "true" or "false") return text == "true";
        _errors.Add(name, "must be true or false");
        return null;
    }

    /// <summary>Some of a few words, separated by commas or given one by one, as generated clients do either; empty if it is absent.</summary>
    public IReadOnlyList<string> Words(string name, IReadOnlyCollection<string> words)
    {
        if (!query.TryGetValue(name, out var values)) return [];
        var given = string.Join(',', values.AsEnumerable()).Split(',', StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToList();
        if (given.TrueForAll(words.Contains)) return given;
        _errors.Add(name, $"must be of {string.Join(", ", words)}");
        return [];
    }

    /// <summary>A repo's canonical key; null if it is absent.</summary>
    public string? Repo(string name)
    {
        if (One(name) is not { } key) return null;
        if (Names.IsRepoKey(key)) return Names.CanonicalRepo(key);
        _errors.Add(name, "must be 'name' or 'owner/name'");
        return null;
    }

    /// <summary>The beginning of an id, at least four characters behind its kind's; null if it is absent.</summary>
    /// <param name="name">Of the parameter.</param>
    /// <param name="kind">What ids of this kind begin with.</param>
    public string? IdPrefix(string name, string kind)
    {
        if (One(name) is not { } text) return null;
        if (Ids.IsId(text, kind) && text.Length >= kind.Length + 4) return text;
        _errors.Add(name, $"must be the first characters of an id, '{kind}' and at least four more");
        return null;
    }

    /// <summary>A whole number within bounds, both inclusive, in plain digits; null if it is absent.</summary>
    public int? Integer(string name, int least, int most) => (int?)Long(name, least, most);

    /// <summary>As <see cref="Integer"/>, for numbers that may be long.</summary>
    public long? Long(string name, long least, long most)
    {
        if (One(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        _errors.Add(name, $"must be a whole number from {least} to {most}");
        return null;
    }

    /// <summary>A text that is not empty; null if it is absent.</summary>
    /// <param name="name">Of the parameter.</param>
    /// <param name="maxLength">In characters.</param>
    /// <param name="whyNot">What else is wrong with it; null = nothing.</param>
    public string? Text(string name, int maxLength, Func<string, string?> whyNot)
    {
        if (One(name) is not { } text) return null;
        var fault = text.Length == 0 ? "must not be empty" : text.Length > maxLength ? $"must have at most {maxLength} characters" : whyNot(text);
        if (fault is null) return text;
        _errors.Add(name, fault);
        return null;
    }

    /// <summary>An instant of RFC 3339 with its zone, in UTC and whole milliseconds; null if it is absent.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (One(name) is not { } text) return null;
        if (Rfc3339.WhyNot(text, out var instant) is not { } fault) return instant;
        _errors.Add(name, fault);
        return null;
    }

    /// <summary>Notes a fault that no reader here knows.</summary>
    public void Reject(string name, string message) => _errors.Add(name, message);

    /// <summary>A well-formed id with the prefix; null if it is absent.</summary>
    public string? Id(string name, string prefix)
    {
        if (One(name) is not { } text) return null;
        if (Ids.IsId(text, prefix)) return text;
        _errors.Add(name, $"must be an id that begins with '{prefix}'");
        return null;
    }

    private string? One(string name)
    {
        if (!query.TryGetValue(name, out var values)) return null;
        if (values.Count == 1) return Nfc.Of(values[0] ?? "");
        _errors.Add(name, "must be given once");
        return null;
    }
}
