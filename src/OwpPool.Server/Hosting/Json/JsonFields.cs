using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Core.Text;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Reads the fields of one JSON object, texts in NFC, and notes everything that is wrong with them. A field that is absent or null is null; one
/// that is wrong is noted and null, so that reading goes on and all faults are told at once.</summary>
/// <remarks>Valid only while the body is being read.</remarks>
public sealed class JsonFields
{
    /// <summary>Longest number of an object that is kept as it was sent.</summary>
    private const int MaxNumberLength = 40;

    private readonly JsonElement _object;
    private readonly string _prefix;
    private readonly FieldErrors _errors;

    internal JsonFields(JsonElement element, FieldErrors errors, string prefix = "") =>
        (_object, _errors, _prefix) = (element, errors, prefix);

    /// <summary>Notes a fault of a field that no reader here knows.</summary>
    public void Reject(string field, string message) => _errors.Add(_prefix + field, message);

    /// <summary>The same fields, for a second reader of them whose faults the first one tells.</summary>
    public JsonFields Again() => new(_object, new FieldErrors(), _prefix);

    /// <summary>Notes every field that is none of these: where one that is passed over would change what the request does.</summary>
    public void RejectUnknown(params IReadOnlyCollection<string> known)
    {
        foreach (var property in _object.EnumerateObject())
            if (!known.Contains(property.Name)) Reject(property.Name, $"is no field of this object; it has {string.Join(", ", known)}");
    }

    /// <summary>Some of a few words: an array, or a text with commas between them; empty if absent or wrong.</summary>
    public IReadOnlyList<string> Words(string field, IReadOnlyCollection<string> words)
    {
        if (!Has(field, out var value)) return [];
        IReadOnlyList<string> given = value.ValueKind is JsonValueKind.String
            ? value.GetString()!.Split(',', StringSplitOptions.TrimEntries) : List(field, words.Count, static _ => null);
        if (given.All(words.Contains)) return [.. given.Distinct(StringComparer.Ordinal)];
        Reject(field, $"must be of {string.Join(", ", words)}");
        return [];
    }

    /// <summary>Nothing was noted so far.</summary>
    public bool IsFaultless => _errors.IsEmpty;

    /// <summary>A trimmed text of one line; null if it is blank.</summary>
    public string? Line(string field, int maxLength)
    {
        if (Text(field, out var text) && IsLine(field, text, maxLength)) return text.Trim() is { Length: > 0 } line ? line : null;
        return null;
    }

    /// <summary>A trimmed text of one line that has something to see in it; empty if it was noted as wrong or missing.</summary>
    public string RequiredLine(string field, int maxLength)
    {
        if (!Has(field, out _))
        {
            Reject(field, "is required");
            return "";
        }
        if (!Text(field, out var text) || !IsLine(field, text, maxLength)) return "";
        if (!TextRules.IsBlank(text)) return text.Trim();
        Reject(field, "must not be blank");
        return "";
    }

    /// <summary>A free text, as it was sent.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="maxLength">In characters.</param>
    public string? FreeText(string field, int maxLength)
    {
        if (!Text(field, out var text)) return null;
        if (TextRules.LengthOf(text) > maxLength) Reject(field, $"must have at most {maxLength} characters");
        else if (TextRules.WhyNotText(text) is { } fault) Reject(field, fault);
        else return text;
        return null;
    }

    /// <summary>A free text that is limited by its size.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="maxBytes">In UTF-8.</param>
    public string? Document(string field, int maxBytes)
    {
        if (!Text(field, out var text)) return null;
        if (Encoding.UTF8.GetByteCount(text) > maxBytes) Reject(field, $"must have at most {maxBytes} bytes");
        else if (TextRules.WhyNotText(text) is { } fault) Reject(field, fault);
        else return text;
        return null;
    }

    /// <summary>A well-formed id with the prefix.</summary>
    public string? Id(string field, string prefix)
    {
        if (!Text(field, out var text)) return null;
        if (Ids.IsId(text, prefix)) return text;
        Reject(field, $"must be an id that begins with '{prefix}'");
        return null;
    }

    /// <summary>A whole number within bounds, both inclusive.</summary>
    public int? Integer(string field, int least, int most) => (int?)Long(field, least, most);

    /// <summary>A whole number within bounds, both inclusive.</summary>
    public long? Long(string field, long least, long most)
    {
        if (!Has(field, out var value)) return null;
        if (value.ValueKind is not JsonValueKind.Number) Reject(field, "must be a whole number");
        else if (!value.TryGetInt64(out var number)) Reject(field, $"must be a whole number from {least} to {most}");
        else if (number < least || number > most) Reject(field, $"must be from {least} to {most}");
        else return number;
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Boolean(string field)
    {
        if (!Has(field, out var value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Reject(field, "must be true or false");
        return null;
    }

    /// <summary>One of a few words, spelled exactly so.</summary>
    public T? Choice<T>(string field, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (!Text(field, out var text)) return null;
        if (words.TryGetValue(text, out var value)) return value;
        Reject(field, $"must be one of {string.Join(", ", words.Keys)}");
        return null;
    }

    /// <summary>One of a few words, which must be there; empty if it was noted as wrong or missing.</summary>
    public string RequiredWord(string field, IReadOnlyCollection<string> words)
    {
        if (!Has(field, out _)) Reject(field, "is required");
        else if (Text(field, out var text))
        {
            if (words.Contains(text)) return text;
            Reject(field, $"must be one of {string.Join(", ", words)}");
        }
        return "";
    }

    /// <summary>Trimmed texts of one line, none of them blank; empty if absent or wrong.</summary>
    public IReadOnlyList<string> Lines(string field, int maxItems, int maxLength) => List(field, maxItems, item =>
    {
        if (TextRules.LengthOf(item) > maxLength) return $"must have at most {maxLength} characters";
        return TextRules.IsBlank(item) ? "must not be blank" : TextRules.WhyNotLine(item);
    });

    /// <summary>Well-formed ids with the prefix; empty if absent or wrong.</summary>
    public IReadOnlyList<string> IdList(string field, int maxItems, string prefix) =>
        List(field, maxItems, item => Ids.IsId(item, prefix) ? null : $"must be an id that begins with '{prefix}'");

    /// <summary>An instant of RFC 3339 with its zone, in UTC and whole milliseconds.</summary>
    public DateTimeOffset? Instant(string field)
    {
        if (!Text(field, out var text)) return null;
        if (Rfc3339.WhyNot(text, out var instant) is not { } fault) return instant;
        Reject(field, fault);
        return null;
    }

    /// <summary>The fields of each object of an array; their faults are noted under <c>field[0].name</c>.</summary>
    public IReadOnlyList<JsonFields> Objects(string field, int maxItems)
    {
        if (!Has(field, out var value)) return [];
        if (value.ValueKind is not JsonValueKind.Array) Reject(field, "must be an array of objects");
        else if (value.GetArrayLength() > maxItems) Reject(field, $"must have at most {maxItems} items");
        else if (value.EnumerateArray().Any(static item => item.ValueKind is not JsonValueKind.Object)) Reject(field, "must have objects only");
        else return [.. value.EnumerateArray().Select((item, index) => new JsonFields(item, _errors, $"{_prefix}{field}[{index}]."))];
        return [];
    }

    /// <summary>The fields of an object inside this one; its faults are noted under <c>field.name</c>.</summary>
    public JsonFields? Object(string field) =>
        Element(field) is { } element ? new JsonFields(element, _errors, $"{_prefix}{field}.") : null;

    /// <summary>The fields of each object of an array, read one after the other; the faults of one are noted under <c>field[i].name</c>.
    /// Empty if absent or wrong.</summary>
    public IReadOnlyList<T> Objects<T>(string field, int maxItems, Func<JsonFields, T> read)
    {
        if (!Has(field, out var value)) return [];
        if (value.ValueKind is not JsonValueKind.Array) Reject(field, "must be an array of objects");
        else if (value.GetArrayLength() > maxItems) Reject(field, $"must have at most {maxItems} items");
        else if (value.EnumerateArray().Any(static item => item.ValueKind is not JsonValueKind.Object))
            Reject(field, "must hold nothing but objects");
        else return [.. value.EnumerateArray().Select((item, i) => read(new JsonFields(item, _errors, $"{_prefix}{field}[{i}].")))];
        return [];
    }

    /// <summary>What a program printed: any text, with what it must not do to a terminal or a log made visible.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="maxBytes">In UTF-8, as it was sent.</param>
    public string? Output(string field, int maxBytes)
    {
        if (!Text(field, out var text)) return null;
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes) return TextRules.MakeVisible(text);
        Reject(field, $"must have at most {maxBytes} bytes");
        return null;
    }

    /// <summary>An object as it was sent, as JSON text. Its numbers are such that every reader of JSON can read them.</summary>
    public string? RawObject(string field, int maxBytes)
    {
        if (Element(field) is not { } element) return null;
        var text = element.GetRawText();
        if (Encoding.UTF8.GetByteCount(text) > maxBytes) Reject(field, $"must have at most {maxBytes} bytes");
        else if (!NumbersAreReadable(element)) Reject(field, $"must have numbers of at most {MaxNumberLength} characters that a double can hold");
        else return text;
        return null;
    }

    /// <summary>Some readers give up the whole text for a number of thousands of digits, or take one that is too large for infinite.</summary>
    private static bool NumbersAreReadable(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetRawText().Length <= MaxNumberLength
            && element.TryGetDouble(out var number) && double.IsFinite(number),
        JsonValueKind.Array => element.EnumerateArray().All(NumbersAreReadable),
        JsonValueKind.Object => element.EnumerateObject().All(static property => NumbersAreReadable(property.Value)),
        _ => true,
    };

    /// <summary>Whether the field is there, be it null.</summary>
    public bool IsGiven(string field) => _object.TryGetProperty(field, out _);

    /// <summary>Whether the field is there, and null: in a patch, back to the default.</summary>
    public bool IsNull(string field) => _object.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.Null;

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Has(field, out _);

    private bool Has(string field, out JsonElement value) =>
        _object.TryGetProperty(field, out value) && value.ValueKind is not JsonValueKind.Null;

    private bool Text(string field, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!Has(field, out var value)) return false;
        if (value.ValueKind is JsonValueKind.String)
        {
            text = Nfc.Of(value.GetString()!);
            return true;
        }
        Reject(field, "must be a string");
        return false;
    }

    private bool IsLine(string field, string text, int maxLength)
    {
        var fault = TextRules.LengthOf(text) > maxLength ? $"must have at most {maxLength} characters" : TextRules.WhyNotLine(text);
        if (fault is not null) Reject(field, fault);
        return fault is null;
    }

    private JsonElement? Element(string field)
    {
        if (!Has(field, out var value)) return null;
        if (value.ValueKind is JsonValueKind.Object) return value;
        Reject(field, "must be an object");
        return null;
    }

    private List<string> List(string field, int maxItems, Func<string, string?> whyNot)
    {
        if (!Has(field, out var value)) return [];
        if (value.ValueKind is not JsonValueKind.Array)
        {
            Reject(field, "must be an array of strings");
            return [];
        }
        if (value.GetArrayLength() > maxItems)
        {
            Reject(field, $"must have at most {maxItems} items");
            return [];
        }
        var items = new List<string>(value.GetArrayLength());
        foreach (var element in value.EnumerateArray())
        {
            var item = element.ValueKind is JsonValueKind.String ? Nfc.Of(element.GetString()!) : null;
            if ((item is null ? "must be a string" : whyNot(item)) is { } fault)
            {
                Reject(field, $"item {items.Count}: {fault}");
                return [];
            }
            items.Add(item!.Trim());
        }
        return items;
    }
}
