using OwpPool.Core.Shared;

namespace OwpPool.Grains;

/// <summary>A grain's answer: a value, or a refusal. Exceptions are left for what nobody expects: storage that fails, broken invariants.</summary>
/// <typeparam name="T">The answer when nothing is refused.</typeparam>
[GenerateSerializer, Immutable, Alias("owp.reply`1")]
public sealed record Reply<T> where T : class
{
    /// <summary>Why not; null when <see cref="Value"/> is there.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The answer; null when refused.</summary>
    [Id(1)] public T? Value { get; init; }

    /// <summary>An answer.</summary>
    public static implicit operator Reply<T>(T value) => new() { Value = value };

    /// <summary>A refusal.</summary>
    public static implicit operator Reply<T>(Refusal refusal) => new() { Refusal = refusal };
}
