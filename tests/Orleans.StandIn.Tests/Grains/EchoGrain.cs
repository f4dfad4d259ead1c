namespace Orleans.StandIn.Tests;

public interface IEchoGrain : IGrainWithStringKey
{
    Task<int> Add(int left, int right);

    ValueTask<string> Key();

    Task<int> SumOfNine(int a, int b, int c, int d, int e, int f, int g, int h, int i);

    ValueTask Nothing();
}

[GrainType("echo")]
internal sealed class EchoGrain : Grain, IEchoGrain
{
    public Task<int> Add(int left, int right) => Task.FromResult(left + right);

    public ValueTask<string> Key() => ValueTask.FromResult(this.GetPrimaryKeyString());

    public async Task<int> SumOfNine(int a, int b, int c, int d, int e, int f, int g, int h, int i)
    {
        await Task.Yield();
        return a + b + c + d + e + f + g + h + i;
    }

    public ValueTask Nothing() => ValueTask.CompletedTask;
}
