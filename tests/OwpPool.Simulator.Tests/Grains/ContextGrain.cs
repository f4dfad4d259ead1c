using Orleans.Concurrency;

namespace OwpPool.Simulator.Tests;

public interface ICallerGrain : IGrainWithStringKey
{
    /// <summary>Whether the grain's own turn is what runs, at three points of a call that calls another grain.</summary>
    Task<List<bool>> RunsInItsTurns(string other);

    Task<string> Key();

    [AlwaysInterleave]
    Task<string> KeyBetween();

    Task<string> CallSelf();

    Task<string> CallSelfBetween();

    /// <summary>Calls a grain that waits at a gate for as long as calls may last.</summary>
    [ResponseTimeout("00:00:10")]
    Task CallStuck(string other, string gate);

    Task WaitAt(string gate);

    /// <summary>What became of the last call of a stuck grain.</summary>
    Task<string> Outcome();

    Task<string?> ReadThenSet(string key, string value);

    /// <summary>What another grain finds in its request context.</summary>
    Task<string?> ReadThrough(string other, string key);

    /// <summary>What the grain found under "who" in the request context when it was activated.</summary>
    Task<string?> ReadInActivation();

    Task<string?> ReadAmbient();
}

public interface IContextGrain : ICallerGrain;

public interface IReentrantContextGrain : ICallerGrain;

internal abstract class ContextGrainBase(IGrainContext context, Journal journal) : Grain(context), ICallerGrain
{
    internal static readonly AsyncLocal<string?> Ambient = new();

    private TaskScheduler? _turns;
    private string? _inActivation;
    private string _outcome = "none";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _turns = TaskScheduler.Current;
        _inActivation = RequestContext.Get("who") as string;
        return Task.CompletedTask;
    }

    public async Task<List<bool>> RunsInItsTurns(string other)
    {
        var seen = new List<bool> { IsItsTurn() };
        await Task.Yield();
        seen.Add(IsItsTurn());
        await GrainFactory.GetGrain<IContextGrain>(other).Key();
        seen.Add(IsItsTurn());
        return seen;
    }

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<string> KeyBetween() => Key();

    public Task<string> CallSelfBetween() => this.AsReference<ICallerGrain>().KeyBetween();

    public async Task<string> CallSelf()
    {
        journal.Write("calling");
        return await this.AsReference<ICallerGrain>().Key();
    }

    public async Task CallStuck(string other, string gate)
    {
        try
        {
            await GrainFactory.GetGrain<IContextGrain>(other).WaitAt(gate);
            _outcome = "answered";
        }
        catch (TimeoutException)
        {
            _outcome = "timed out";
        }
    }

    public async Task WaitAt(string gate)
    {
        journal.Write("stuck begins");
        await journal.WaitAtAsync(gate);
    }

    public Task<string> Outcome() => Task.FromResult(_outcome);

    public Task<string?> ReadThenSet(string key, string value)
    {
        var before = RequestContext.Get(key) as string;
        RequestContext.Set(key, value);
        return Task.FromResult(before);
    }

    public Task<string?> ReadThrough(string other, string key) =>
        GrainFactory.GetGrain<IContextGrain>(other).ReadThenSet(key, "other");

    public Task<string?> ReadInActivation() => Task.FromResult(_inActivation);

    public Task<string?> ReadAmbient() => Task.FromResult(Ambient.Value);

    private bool IsItsTurn() => ReferenceEquals(TaskScheduler.Current, _turns);
}

internal sealed class ContextGrain(IGrainContext context, Journal journal) : ContextGrainBase(context, journal), IContextGrain;

[Reentrant]
internal sealed class ReentrantContextGrain(IGrainContext context, Journal journal)
    : ContextGrainBase(context, journal), IReentrantContextGrain;
