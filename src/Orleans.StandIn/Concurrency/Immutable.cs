namespace Orleans.Concurrency;

/// <summary>Wraps a value that neither side will change, so that it is passed and not copied.</summary>
[GenerateSerializer]
[Immutable]
public readonly struct Immutable<T>(T value)
{
    [Id(0)]
    public readonly T Value = value;
}
