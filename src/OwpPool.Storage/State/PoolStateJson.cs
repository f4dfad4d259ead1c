using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OwpPool.Core.Answers;
using OwpPool.Core.Batches;
using OwpPool.Core.GitHub;
using OwpPool.Core.Pools;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Storage.State;

/// <summary>Grain state as JSON: <c>snake_case</c>, every field written (a zero or a null is a value, reliability §1.2), instants in one
/// sortable form, enums as words. Unknown fields of a newer program are skipped on reading.</summary>
public static class PoolStateJson
{
    private static readonly PoolStateContext Context = new(new JsonSerializerOptions(PoolStateContext.Default.Options)
    {
        // The database holds text for people to read; nothing puts it into a page as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    // Generated code gives a member that the row lacks the default of its type; this leaves it as the state's own initialiser made it, which
    // is what a row of an older program must become.
    private static readonly JsonSerializerOptions Reading = new(Context.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    /// <summary>The UTF-8 JSON of a state.</summary>
    public static byte[] Serialize<T>(T state) => JsonSerializer.SerializeToUtf8Bytes(state, TypeOf<T>());

    /// <summary>The state that the JSON says.</summary>
    /// <exception cref="JsonException">The JSON is not a state of this kind.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, Reading) ?? throw new JsonException($"A stored {typeof(T).Name} is null.");

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)(Context.GetTypeInfo(typeof(T))
        ?? throw new NotSupportedException($"{typeof(T).Name} is not a stored state."));
}

/// <summary>The states that are stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(InstantConverter), typeof(WordConverter<TaskPhase>), typeof(WordConverter<AttemptOutcome>), typeof(WordConverter<WorkerStatus>),
        typeof(WordConverter<TrustTier>), typeof(WordConverter<AreaLockUntil>), typeof(WordConverter<MergeAuthority>),
        typeof(WordConverter<MaintainerRole>), typeof(WordConverter<ReviewMove>), typeof(WordConverter<BulkAct>),
    ])]
[JsonSerializable(typeof(TaskState))]
[JsonSerializable(typeof(WorkerState))]
[JsonSerializable(typeof(AnswerState))]
[JsonSerializable(typeof(RepoState))]
[JsonSerializable(typeof(GithubSync))]
[JsonSerializable(typeof(GithubRepository))]
[JsonSerializable(typeof(BatchState))]
[JsonSerializable(typeof(BulkState))]
[JsonSerializable(typeof(PoolControlState))]
internal sealed partial class PoolStateContext : JsonSerializerContext;

/// <summary>Enums as <c>snake_case</c> words, never as numbers.</summary>
internal sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Instants as <see cref="Instants.Format"/>.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[Instants.Format.Length];
        value.UtcDateTime.TryFormat(text, out var length, Instants.Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
