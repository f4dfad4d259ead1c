using System.Text.Json;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>An argument of a tool: one place says what it is to the agent, in the schema, and to the check.</summary>
internal abstract record Parameter(string Name, string Description)
{
    public bool IsRequired { get; init; }

    /// <summary>JSON Schema (2020-12).</summary>
    public JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = Type, ["description"] = Description };
        Refine(schema);
        return schema;
    }

    /// <summary>What is wrong with a value; null = nothing. Never called with null.</summary>
    public abstract string? WhyNot(JsonElement value);

    protected abstract string Type { get; }

    protected abstract void Refine(JsonObject schema);

    /// <summary>The text; null where it is none.</summary>
    protected static string? TextOf(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Text for people.</summary>
internal sealed record TextParameter(string Name, string Description, int MaxLength) : Parameter(Name, Description)
{
    protected override string Type => "string";

    public override string? WhyNot(JsonElement value)
    {
        if (TextOf(value) is not { } text) return "must be a string";
        if (IsRequired && string.IsNullOrWhiteSpace(text)) return "must not be empty";
        // As JSON Schema and the pool count.
        var length = text.EnumerateRunes().Count();
        return length > MaxLength ? $"has {length} characters, and at most {MaxLength} are allowed: say it shorter" : null;
    }

    protected override void Refine(JsonObject schema)
    {
        if (IsRequired) schema["minLength"] = 1;
        schema["maxLength"] = MaxLength;
    }
}

/// <summary>The id of a task.</summary>
internal sealed record TaskIdParameter(string Name, string Description) : Parameter(Name, Description)
{
    private const string Prefix = "t_";
    private const int MaxLength = 64;

    protected override string Type => "string";

    public static bool IsTaskId(string text) => text.Length is > 2 and <= MaxLength
        && text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');

    public override string? WhyNot(JsonElement value) => TextOf(value) is { } text && IsTaskId(text)
        ? null
        : "must be the id of a task as fetch_work and list_my_leases give it, such as t_0123456789abcdef";

    protected override void Refine(JsonObject schema) => schema["pattern"] = "^t_[A-Za-z0-9_-]{1,62}$";
}

/// <summary>An https address.</summary>
internal sealed record UrlParameter(string Name, string Description) : Parameter(Name, Description)
{
    private const int MaxLength = 2000;

    protected override string Type => "string";

    public override string? WhyNot(JsonElement value) =>
        TextOf(value) is { Length: <= MaxLength } text && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https"
            ? null
            : "must be a whole https address, such as https://github.com/owner/repo/pull/1";

    protected override void Refine(JsonObject schema)
    {
        schema["format"] = "uri";
        schema["pattern"] = "^https://";
        schema["maxLength"] = MaxLength;
    }
}

/// <summary>A commit of git.</summary>
internal sealed record CommitParameter(string Name, string Description) : Parameter(Name, Description)
{
    protected override string Type => "string";

    public override string? WhyNot(JsonElement value) =>
        TextOf(value) is { Length: >= 7 and <= 64 } text && text.All(char.IsAsciiHexDigit) ? null : "must be 7 to 64 hexadecimal digits";

    protected override void Refine(JsonObject schema) => schema["pattern"] = "^[0-9A-Fa-f]{7,64}$";
}

/// <summary>A whole number between bounds, both allowed.</summary>
internal sealed record NumberParameter(string Name, string Description, int Min, int Max) : Parameter(Name, Description)
{
    /// <summary>What is used where none is given; null = the pool's default.</summary>
    public int? Default { get; init; }

    protected override string Type => "integer";

    public override string? WhyNot(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number >= Min && number <= Max
            ? null
            : $"must be a whole number from {Min} to {Max}";

    protected override void Refine(JsonObject schema)
    {
        schema["minimum"] = Min;
        schema["maximum"] = Max;
        if (Default is { } value) schema["default"] = value;
    }
}

/// <summary>A list of short texts.</summary>
internal sealed record ListParameter(string Name, string Description, int MaxItems, int MaxLength) : Parameter(Name, Description)
{
    protected override string Type => "array";

    public override string? WhyNot(JsonElement value) =>
        value.ValueKind is JsonValueKind.Array && value.GetArrayLength() <= MaxItems
        && value.EnumerateArray().All(item => TextOf(item) is { Length: > 0 } text && text.Length <= MaxLength)
            ? null
            : $"must be a list of at most {MaxItems} strings of 1 to {MaxLength} characters";

    protected override void Refine(JsonObject schema)
    {
        schema["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxLength };
        schema["maxItems"] = MaxItems;
    }
}
