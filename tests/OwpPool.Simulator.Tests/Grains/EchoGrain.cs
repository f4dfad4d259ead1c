using Orleans.Concurrency;

namespace OwpPool.Simulator.Tests;

public interface IEchoGrain : IGrainWithStringKey
{
    Task<int> Add(int left, int right);

    ValueTask<string> Key();

    Task<int> SumOfNine(int a, int b, int c, int d, int e, int f, int g, int h, int i);

    ValueTask Nothing();

    Task<string?> Same(string? text);

    Task<Basket> AddPear(Basket basket);

    Task<Basket> Last();

    Task AddPearToShared([Immutable] Basket basket);

    Task<Immutable<Basket>> SameByWrapper(Immutable<Basket> basket);

    Task<FrozenBasket> SameByClass(FrozenBasket basket);

    Task Take(object value);

    Task TakeShared([Immutable] object value);

    Task<object> GiveUnmarked();
}

[GenerateSerializer]
public sealed class Basket
{
    [Id(0)]
    public required List<string> Items { get; init; }
}

[GenerateSerializer]
[Immutable]
public sealed record FrozenBasket(string Item);

/// <summary>Orleans has no codec for it.</summary>
public sealed class Unmarked
{
    public string Text { get; set; } = string.Empty;
}

[GrainType("echo")]
internal sealed class EchoGrain(IGrainContext context) : Grain(context), IEchoGrain
{
    private Basket _last = new() { Items = [] };

    public Task<int> Add(int left, int right) => Task.FromResult(left + right);

    public ValueTask<string> Key() => ValueTask.FromResult(this.GetPrimaryKeyString());

    public async Task<int> SumOfNine(int a, int b, int c, int d, int e, int f, int g, int h, int i)
    {
        await Task.Yield();
        return a + b + c + d + e + f + g + h + i;
    }

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public Task<string?> Same(string? text) => Task.FromResult(text);

    public Task<Basket> AddPear(Basket basket)
    {
        basket.Items.Add("pear");
        _last = basket;
        return Task.FromResult(basket);
    }

    public Task<Basket> Last() => Task.FromResult(_last);

    public Task AddPearToShared(Basket basket) => AddPear(basket);

    public Task<Immutable<Basket>> SameByWrapper(Immutable<Basket> basket) => Task.FromResult(basket);

    public Task<FrozenBasket> SameByClass(FrozenBasket basket) => Task.FromResult(basket);

    public Task Take(object value) => Task.CompletedTask;

    public Task TakeShared(object value) => Task.CompletedTask;

    public Task<object> GiveUnmarked() => Task.FromResult<object>(new Unmarked());
}
