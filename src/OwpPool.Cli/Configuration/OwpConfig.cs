using System.Text.Json;
using System.Text.Json.Serialization;

namespace OwpPool.Cli.Configuration;

/// <summary>What <c>owp</c> remembers between its runs.</summary>
internal sealed record OwpConfig
{
    /// <summary>The profile that is used where none is named.</summary>
    public string? DefaultProfile { get; init; }

    public IReadOnlyDictionary<string, Profile> Profiles { get; init; } = new Dictionary<string, Profile>();

    /// <summary>What a later version has written: it is kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; set; }

    /// <summary>With one profile more, or another in its place. The first becomes the default.</summary>
    public OwpConfig With(string name, Profile profile)
    {
        var profiles = new Dictionary<string, Profile>(Profiles) { [name] = profile };
        return this with { Profiles = profiles, DefaultProfile = DefaultProfile ?? name };
    }

    /// <summary>With one profile less. None becomes the default in its place.</summary>
    public OwpConfig Without(string name) => this with
    {
        Profiles = Profiles.Where(pair => pair.Key != name).ToDictionary(),
        DefaultProfile = DefaultProfile == name ? null : DefaultProfile,
    };
}

/// <summary>A pool, and who one is there.</summary>
internal sealed record Profile
{
    /// <summary>The pool's address. The token goes nowhere else.</summary>
    public required string Server { get; init; }

    /// <summary>The worker; null = a profile of an address only.</summary>
    public string? WorkerId { get; init; }

    /// <summary>The worker's name.</summary>
    public string? Name { get; init; }

    /// <summary>The worker's token.</summary>
    public string? Token { get; init; }

    /// <summary>How often the pool wants to hear of the worker.</summary>
    public int? HeartbeatIntervalSeconds { get; init; }

    /// <summary><c>owp profile add</c> named the server, for admins; null = a registration did.</summary>
    public bool? ForAdmins { get; init; }

    /// <summary>Whether the admin token may go to the server. A profile without a worker was never made by a registration.</summary>
    [JsonIgnore]
    public bool MayHaveAdminToken => ForAdmins is true || WorkerId is null;

    /// <summary>What a later version has written: it is kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; set; }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(Profile)} {{ Server = {Server}, WorkerId = {WorkerId} }}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(OwpConfig))]
internal sealed partial class ConfigJson : JsonSerializerContext;
