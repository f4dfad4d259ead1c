namespace OwpPool.Grains;

/// <summary>The first answer to one caller's Idempotency-Key, kept for its repeats (protocol §1). The grain's key is made by
/// <see cref="GrainFactoryExtensions.GetAnswer"/> from a hash of caller and key.</summary>
[Alias("owp.IAnswerGrain")]
public interface IAnswerGrain : IGrainWithStringKey
{
    /// <summary>A request with the key has come; the hash is that of method, path and body.</summary>
    [Alias("Begin")]
    Task<AnswerStart> BeginAsync(string requestHash);

    /// <summary>The request was answered; durable on return.</summary>
    [Alias("Complete")]
    Task CompleteAsync(string requestHash, StoredAnswer answer);

    /// <summary>The request came to nothing that is worth keeping; the next one with the key runs anew.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string requestHash);
}

/// <summary>What is to be done with a request that carries a key.</summary>
public enum AnswerStartKind
{
    /// <summary>It is the first: run it, then complete or forget.</summary>
    Run,

    /// <summary>It was answered before.</summary>
    Replay,

    /// <summary>The key was used for another request.</summary>
    Mismatch,

    /// <summary>The first still runs.</summary>
    Running,
}

/// <summary>See <see cref="AnswerStartKind"/>; the answer is there for a replay.</summary>
[GenerateSerializer, Immutable, Alias("owp.answer-start")]
public sealed record AnswerStart([property: Id(0)] AnswerStartKind Kind, [property: Id(1)] StoredAnswer? Answer);

/// <summary>An answer as kept: the body sealed by its caller's key, since it may hold a token that is shown only once.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="SealedBody">Base64; empty if the body is not kept.</param>
[GenerateSerializer, Immutable, Alias("owp.stored-answer")]
public sealed record StoredAnswer(
    [property: Id(0)] int Status, [property: Id(1)] string? ContentType, [property: Id(2)] string SealedBody);
