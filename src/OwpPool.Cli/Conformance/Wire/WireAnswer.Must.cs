using System.Globalization;
using System.Text.Json;

namespace OwpPool.Cli.Conformance.Wire;

/// <summary>What can be required of an answer.</summary>
internal sealed partial class WireAnswer
{
    /// <summary>Fails the check unless it holds.</summary>
    /// <param name="holds">What must be so.</param>
    /// <param name="expected">The same in words.</param>
    /// <param name="got">What is so instead, where the answer does not show it by itself.</param>
    public WireAnswer Must(bool holds, string expected, string? got = null)
    {
        if (holds) return this;
        throw new CheckFailedException(Sent, expected, got is null ? ToString() : $"{secrets.Hide(got)}; {this}");
    }

    public WireAnswer Is(params ReadOnlySpan<int> statuses)
    {
        var words = string.Join(" or ", statuses.ToArray().Select(one => one.ToString(CultureInfo.InvariantCulture)));
        return Must(statuses.Contains(Status), $"status {words}");
    }

    /// <summary>An error of the caller's.</summary>
    public WireAnswer IsRefused() => Must(Status is >= 400 and < 500, "a refusal: status 4xx");

    /// <summary>A problem document of this status and code (protocol §1), and with this reason if one is given.</summary>
    public WireAnswer IsProblem(int expected, string code, string? reason = null)
    {
        Is(expected);
        Must(MediaType == "application/problem+json", "Content-Type: application/problem+json");
        Must(Find("code") is { ValueKind: JsonValueKind.String } found && found.GetString() == code, $"\"code\": \"{code}\"");
        if (reason is not null) Must(TextOrNull("details.reason") == reason, $"\"details\": {{\"reason\": \"{reason}\"}}");
        return this;
    }

    /// <summary>A 400 that names the field.</summary>
    public WireAnswer Rejects(string field)
    {
        IsProblem(400, "validation_error");
        return Must(Find($"details.errors.{field}") is not null, $"details.errors with a member '{field}'");
    }

    public JsonElement Member(string path)
    {
        Must(Find(path) is not null, $"a member '{path}'");
        return Find(path)!.Value;
    }

    public string? TextOrNull(string path) => Find(path) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    public string Text(string path)
    {
        Must(TextOrNull(path) is not null, $"a member '{path}' that is a string");
        return TextOrNull(path)!;
    }

    public long Whole(string path)
    {
        long value = 0;
        Must(Find(path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out value),
            $"a member '{path}' that is a whole number");
        return value;
    }

    public double Number(string path)
    {
        Must(Find(path) is { ValueKind: JsonValueKind.Number }, $"a member '{path}' that is a number");
        return Find(path)!.Value.GetDouble();
    }

    public IReadOnlyList<JsonElement> Items(string path)
    {
        Must(Find(path) is { ValueKind: JsonValueKind.Array }, $"a member '{path}' that is an array");
        return [.. Find(path)!.Value.EnumerateArray()];
    }

    /// <summary>An instant as the protocol writes it: RFC 3339, UTC.</summary>
    public DateTimeOffset Instant(string path)
    {
        DateTimeOffset value = default;
        Must(TextOrNull(path) is { } text && TryInstant(text, out value), $"a member '{path}' that is an RFC 3339 instant in UTC");
        return value;
    }

    /// <summary>The value of a member must be this.</summary>
    public WireAnswer Has(string path, string value) => Must(TextOrNull(path) == value, $"\"{path}\": \"{value}\"");

    /// <summary>The value of a member must be this.</summary>
    public WireAnswer Has(string path, bool value) => Must(
        Find(path)?.ValueKind == (value ? JsonValueKind.True : JsonValueKind.False), $"\"{path}\": {(value ? "true" : "false")}");

    /// <summary>The value of a member must be this.</summary>
    public WireAnswer Has(string path, long value) => Must(
        Find(path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var number) && number == value,
        string.Create(CultureInfo.InvariantCulture, $"\"{path}\": {value}"));

    public static bool TryInstant(string text, out DateTimeOffset value)
    {
        value = default;
        return text.Length >= 20 && text[10] == 'T' && text[^1] == 'Z'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }
}
