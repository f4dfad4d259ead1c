using Orleans.Concurrency;

namespace Orleans.StandIn.Tests;

public interface ICopyGrain : IGrainWithStringKey
{
    Task<Basket> AddPear(Basket basket);

    Task<Basket> Last();

    [return: Immutable]
    Task<Basket> SameByParameter([Immutable] Basket basket);

    Task<Immutable<Basket>> SameByWrapper(Immutable<Basket> basket);

    Task Take(Unmarked value);

    Task<object> GiveUnmarked();
}

internal sealed class CopyGrain : Grain, ICopyGrain
{
    private Basket _last = new() { Items = [] };

    public Task<Basket> AddPear(Basket basket)
    {
        basket.Items.Add("pear");
        _last = basket;
        return Task.FromResult(basket);
    }

    public Task<Basket> Last() => Task.FromResult(_last);

    public Task<Basket> SameByParameter(Basket basket) => Task.FromResult(basket);

    public Task<Immutable<Basket>> SameByWrapper(Immutable<Basket> basket) => Task.FromResult(basket);

    public Task Take(Unmarked value) => Task.CompletedTask;

    public Task<object> GiveUnmarked() => Task.FromResult<object>(new Unmarked());
}

[GenerateSerializer]
public sealed class Basket
{
    [Id(0)]
    public required List<string> Items { get; init; }
}

public class Unmarked;

[GenerateSerializer]
public sealed class MarkedOverUnmarked : Unmarked;

[GenerateSerializer]
public sealed class Forgetful
{
    [Id(0)]
    public int Kept { get; set; }

    public int Forgotten { get; set; }
}

[GenerateSerializer]
public record Person(string Name, int[] Scores)
{
    [Id(0)]
    public int Age { get; init; }
}

[GenerateSerializer]
public abstract record Shape(string Name);

[GenerateSerializer]
public sealed record Circle(string Name, int Radius) : Shape(Name);

[GenerateSerializer]
[Immutable]
public record Frozen(string Name);

[GenerateSerializer]
public sealed record Thawed(string Name) : Frozen(Name);

[GenerateSerializer]
public sealed class Node
{
    [Id(0)]
    public Node? Next { get; set; }
}

[GenerateSerializer]
public sealed class Holder
{
    [Id(0)]
    [Immutable]
    public Basket? Shared { get; init; }

    [Id(1)]
    public Basket? Own { get; init; }
}
