using System.Text.Json;
using System.Text.Json.Serialization;
using OwpPool.Core.GitHub;

namespace OwpPool.Storage.GitHub;

/// <summary>Signals as they are stored. Those of pull requests have always had an address, which tells them apart.</summary>
internal static class SignalJson
{
    public static string Write(GitHubSignal signal) => signal switch
    {
        PullRequestSignal pull => JsonSerializer.Serialize(pull, SignalContext.Default.PullRequestSignal),
        RepositorySignal repository => JsonSerializer.Serialize(repository, SignalContext.Default.RepositorySignal),
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal.GetType().Name, "Unknown signal."),
    };

    /// <returns>Null if it cannot be read: one such row must not keep those beside it from being read.</returns>
    public static GitHubSignal? TryRead(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("pr_url", out _)
                ? document.Deserialize(SignalContext.Default.PullRequestSignal)
                : document.Deserialize(SignalContext.Default.RepositorySignal);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static string Write(PullRequestStory story) => JsonSerializer.Serialize(story, SignalContext.Default.PullRequestStory);

    /// <summary>Rows of before stories were kept hold the latest signal alone.</summary>
    public static PullRequestStory ReadStory(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("latest", out _)
            ? document.Deserialize(SignalContext.Default.PullRequestStory)!
            : PullRequestStory.Begin(document.Deserialize(SignalContext.Default.PullRequestSignal)!);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(PullRequestSignal))]
[JsonSerializable(typeof(RepositorySignal))]
[JsonSerializable(typeof(PullRequestStory))]
internal sealed partial class SignalContext : JsonSerializerContext;
