namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>Marks an endpoint whose answers may be large and can be told again from what the request did: they are not stored. A repeat runs
/// the endpoint once more, which must see <see cref="RebuiltAnswerExtensions.IsRepeat"/> and do nothing anew.</summary>
public sealed record RebuiltAnswer;

/// <summary>Answers that are rebuilt instead of stored.</summary>
public static class RebuiltAnswerExtensions
{
    /// <summary>Says that the endpoint tells its answer again by itself.</summary>
    public static TBuilder RebuildsAnswer<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RebuiltAnswer());

    /// <summary>Whether the request was answered before, so that its answer is only to be told again.</summary>
    public static bool IsRepeat(this HttpContext http) => http.Features.Get<Repeat>() is not null;

    /// <summary>The request had no effect: nothing is remembered of it, and a repeat runs as the first did.</summary>
    public static void HadNoEffect(this HttpContext http) => http.Features.Set(NoEffect.Instance);

    internal static bool IsWithoutEffect(this HttpContext http) => http.Features.Get<NoEffect>() is not null;

    internal static void MarkRepeat(this HttpContext http) => http.Features.Set(Repeat.Instance);

    private sealed class Repeat
    {
        public static Repeat Instance { get; } = new();
    }

    private sealed class NoEffect
    {
        public static NoEffect Instance { get; } = new();
    }
}
