using System.Text.Json;
using System.Text.Json.Serialization;
using OwpPool.Core.GitHub;

namespace OwpPool.Storage.GitHub;

/// <summary>Signals as they are stored.</summary>
internal static class SignalJson
{
    public static string Write(PullRequestSignal signal) => JsonSerializer.Serialize(signal, SignalContext.Default.PullRequestSignal);

    public static PullRequestSignal Read(string json) => JsonSerializer.Deserialize(json, SignalContext.Default.PullRequestSignal)!;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PullRequestSignal))]
internal sealed partial class SignalContext : JsonSerializerContext;
