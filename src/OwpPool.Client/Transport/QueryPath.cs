using System.Globalization;

namespace OwpPool.Client.Transport;

/// <summary>A path with the parameters of its query; those without a value are left out.</summary>
internal sealed record QueryPath(string Path)
{
    private string Query { get; init; } = "";

    public QueryPath With(string name, string? value) => value is null ? this
        : this with { Query = $"{Query}{(Query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}" };

    public QueryPath With(string name, int? value) => With(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryPath With(string name, bool? value) => With(name, value is { } yes ? yes ? "true" : "false" : null);

    public QueryPath With(string name, DateTimeOffset? value) =>
        With(name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    /// <summary>With commas between them; none = left out.</summary>
    public QueryPath With(string name, IReadOnlyCollection<string> values) =>
        With(name, values.Count == 0 ? null : string.Join(',', values));

    /// <summary>A repo's key, <c>name</c> or <c>owner/name</c>, as part of a path.</summary>
    public static string OfRepo(string repo)
    {
        ArgumentException.ThrowIfNullOrEmpty(repo);
        return string.Join('/', repo.Split('/').Select(Uri.EscapeDataString));
    }

    public override string ToString() => Path + Query;
}
