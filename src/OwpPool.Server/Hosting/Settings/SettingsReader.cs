using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Reads one section of the configuration into its options, and notes every setting that is wrong or unknown: by the name under
/// which an operator sets it.</summary>
public sealed class SettingsReader(IConfiguration configuration, ICollection<string> faults)
{
    /// <summary>The section under which all settings are.</summary>
    public const string Root = "OwpPool";

    /// <summary>The short names of the settings that have one (protocol §6).</summary>
    public static IReadOnlyDictionary<string, string> ShortNames { get; } = new Dictionary<string, string>
    {
        ["OWP_HOST"] = "Server:Host",
        ["OWP_PORT"] = "Server:Port",
        ["OWP_DB_PATH"] = "Storage:Path",
        ["OWP_ADMIN_TOKEN"] = "Admin:Token",
        ["OWP_METRICS_TOKEN"] = "Server:MetricsToken",
        ["LOG_LEVEL"] = "Log:Level",
        ["LOG_FORMAT"] = "Log:Format",
        ["GITHUB_TOKEN"] = "GitHub:Token",
        ["GITHUB_WEBHOOK_SECRET"] = "GitHub:WebhookSecret",
    };

    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The options of a section; a setting that is wrong keeps its default.</summary>
    public T Read<T>(string section) where T : class, new()
    {
        _sections.Add(section);
        var options = new T();
        var properties = typeof(T).GetProperties().Where(static property => property.CanWrite).ToList();
        foreach (var property in properties) Read(options, property, section);
        foreach (var setting in configuration.GetSection($"{Root}:{section}").GetChildren())
            if (!properties.Exists(property => property.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)))
                faults.Add($"{NameOf($"{section}:{setting.Key}")} is not a setting");
        return options;
    }

    /// <summary>Notes the sections that nobody read.</summary>
    public void RejectUnknownSections()
    {
        foreach (var section in configuration.GetSection(Root).GetChildren())
            if (!_sections.Contains(section.Key)) faults.Add($"{NameOf(section.Key)} is not a setting");
    }

    /// <summary>The name under which an operator sets it: the short one if it has one.</summary>
    public static string NameOf(string setting) =>
        ShortNames.FirstOrDefault(pair => pair.Value == setting).Key ?? $"{Root}:{setting}".Replace(":", "__", StringComparison.Ordinal);

    private void Read(object options, PropertyInfo property, string section)
    {
        var setting = $"{section}:{property.Name}";
        if (configuration[$"{Root}:{setting}"] is { Length: > 0 } text)
        {
            if (Convert(text, property.PropertyType) is not { } value)
            {
                faults.Add($"{NameOf(setting)} must be {Describe(property.PropertyType)}");
                return;
            }
            property.SetValue(options, value);
        }
        foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
            if (!rule.IsValid(property.GetValue(options))) faults.Add($"{NameOf(setting)} {Describe(rule)}");
    }

    private static object? Convert(string text, Type type)
    {
        if (type == typeof(string)) return text;
        if (type == typeof(bool)) return bool.TryParse(text, out var flag) ? flag : null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static string Describe(Type type) => type == typeof(bool) ? "true or false" : "a whole number";

    private static string Describe(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"must be from {range.Minimum} to {range.Maximum}"),
        AllowedValuesAttribute words => $"must be one of {string.Join(", ", words.Values)}",
        RequiredAttribute => "must not be empty",
        _ => rule.FormatErrorMessage("it"),
    };
}
