using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>Ambient values that travel with grain calls, towards the callee only.</summary>
/// <remarks>Callers choose them freely, so nothing that guards anything may rest on them.</remarks>
public static class RequestContext
{
    private static readonly AsyncLocal<Dictionary<string, object>?> Values = new();

    public static IEnumerable<string> Keys => Values.Value?.Keys.ToArray() ?? [];

    public static IEnumerable<KeyValuePair<string, object>> Entries => Values.Value?.ToArray() ?? [];

    public static object? Get(string key) => Values.Value?.GetValueOrDefault(key);

    /// <summary>Holds for the current flow of control and what it calls from now on; whoever called this does not see it.</summary>
    public static void Set(string key, object value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Values.Value = Values.Value is { } values ? new Dictionary<string, object>(values) { [key] = value } : new() { [key] = value };
    }

    public static bool Remove(string key)
    {
        if (Values.Value is not { } values || !values.ContainsKey(key))
            return false;
        var rest = new Dictionary<string, object>(values);
        rest.Remove(key);
        Values.Value = rest.Count == 0 ? null : rest;
        return true;
    }

    public static void Clear() => Values.Value = null;

    internal static Dictionary<string, object>? Export() => Values.Value is { } values ? Copier.Copy(values) : null;

    internal static void Import(Dictionary<string, object>? values)
    {
        if (values is not null)
            Values.Value = values;
    }
}
