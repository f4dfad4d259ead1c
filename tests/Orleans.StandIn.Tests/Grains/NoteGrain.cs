using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.StandIn.Tests;

public interface INoteGrain : IGrainWithStringKey
{
    Task Write(string text);

    Task<bool> TryWrite(string text);

    Task WriteThrough(string otherKey, string text);

    Task WriteByTimer(string text, TimeSpan dueTime);

    Task ChangeOnly(string text);

    Task Clear();

    Task<string> Describe();

    Task<string> WhenLoaded();

    Task<string> UseElsewhere();

    Task End();
}

internal sealed class NoteGrain : Grain, INoteGrain
{
    private readonly IPersistentState<Note> _note;
    private readonly Journal _journal;
    private readonly string _inConstructor;
    private string _inActivation = string.Empty;

    public NoteGrain([PersistentState("note", "pool")] IPersistentState<Note> note, Journal journal)
    {
        _note = note;
        _journal = journal;
        _inConstructor = Loaded();
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _inActivation = Loaded();
        return Task.CompletedTask;
    }

    public Task Write(string text)
    {
        _note.State.Text = text;
        return _note.WriteStateAsync();
    }

    public async Task<bool> TryWrite(string text)
    {
        try
        {
            await Write(text);
            return false;
        }
        catch (InconsistentStateException)
        {
            await _note.ReadStateAsync();
            await Write(text);
            return true;
        }
    }

    public Task WriteThrough(string otherKey, string text) => GrainFactory.GetGrain<INoteGrain>(otherKey).Write(text);

    public Task WriteByTimer(string text, TimeSpan dueTime)
    {
        this.RegisterGrainTimer(() => Write(text), dueTime, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task ChangeOnly(string text)
    {
        _note.State.Text = text;
        return Task.CompletedTask;
    }

    public Task Clear() => _note.ClearStateAsync();

    public Task<string> Describe() => Task.FromResult($"{_note.State.Text}, exists: {_note.RecordExists}, etag: {_note.Etag}");

    public Task<string> WhenLoaded() => Task.FromResult($"{_inConstructor} in constructor, {_inActivation} in OnActivateAsync");

    public Task<string> UseElsewhere() => Task.Run(() =>
    {
        try
        {
            return _note.State.Text;
        }
        catch (InvalidOperationException exception)
        {
            return exception.GetType().Name;
        }
    });

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _journal.Write(reason.ReasonCode.ToString());
        return Task.CompletedTask;
    }

    private string Loaded()
    {
        try
        {
            _ = _note.RecordExists;
            return "loaded";
        }
        catch (InvalidOperationException)
        {
            return "not loaded";
        }
    }
}

public interface IBrokenNoteGrain : IGrainWithStringKey
{
    Task Write(string text);

    Task<string> Read();

    Task WriteManyTimesAtOnce(int times);

    Task WriteThenWriteMore(int times);
}

internal sealed class BrokenNoteGrain([PersistentState("note", "broken")] IPersistentState<Note> note) : Grain, IBrokenNoteGrain
{
    public Task Write(string text)
    {
        note.State.Text = text;
        return note.WriteStateAsync();
    }

    public Task<string> Read() => Task.FromResult(note.State.Text);

    public Task WriteManyTimesAtOnce(int times) => Task.WhenAll(Enumerable.Range(0, times).Select(_ => note.WriteStateAsync()));

    public async Task WriteThenWriteMore(int times)
    {
        var first = note.WriteStateAsync();
        // The first write begins in the next turn; those that come after it has begun share another one.
        await Task.Yield();
        await Task.WhenAll(Enumerable.Range(0, times).Select(_ => note.WriteStateAsync()));
        await first;
    }
}
