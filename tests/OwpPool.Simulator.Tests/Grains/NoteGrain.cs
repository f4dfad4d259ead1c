using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

[GenerateSerializer]
public sealed class Note
{
    [Id(0)]
    public string Text { get; set; } = "initial";
}

public interface INoteGrain : IGrainWithStringKey
{
    Task Write(string text);

    /// <summary>Writes once the gate is open.</summary>
    Task WriteAt(string gate, string text);

    /// <returns>Whether somebody else had written meanwhile; then what they wrote is read, and overwritten.</returns>
    Task<bool> WriteOver(string text);

    Task WriteThrough(string otherKey, string text);

    Task WriteByTimer(string text, TimeSpan dueTime);

    Task ChangeOnly(string text);

    Task Clear();

    Task Reread();

    Task<string> Describe();

    /// <returns>What the state was in the constructor and in OnActivateAsync.</returns>
    Task<string> WhenLoaded();

    Task End();
}

internal sealed class NoteGrain : Grain, INoteGrain
{
    private readonly IPersistentState<Note> _note;
    private readonly Journal _journal;
    private readonly string _inConstructor;
    private string _inActivation = string.Empty;

    public NoteGrain(IGrainContext context, [PersistentState("note", "pool")] IPersistentState<Note> note, Journal journal)
        : base(context)
    {
        _note = note;
        _journal = journal;
        _inConstructor = Describe(() => $"exists: {_note.RecordExists}");
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _inActivation = Describe(() => $"exists: {_note.RecordExists}");
        return Task.CompletedTask;
    }

    public Task Write(string text)
    {
        _note.State.Text = text;
        return _note.WriteStateAsync();
    }

    public async Task WriteAt(string gate, string text)
    {
        await _journal.WaitAtAsync(gate);
        await Write(text);
    }

    public async Task<bool> WriteOver(string text)
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

    public Task Reread() => _note.ReadStateAsync();

    public Task<string> Describe() => Task.FromResult($"{_note.State.Text}, exists: {_note.RecordExists}, etag: {_note.Etag}");

    public Task<string> WhenLoaded() => Task.FromResult($"{_inConstructor}; {_inActivation}");

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

    private static string Describe(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception)
        {
            return exception.GetType().Name;
        }
    }
}

public interface IDiaryGrain : IGrainWithStringKey
{
    Task<string> Read();

    Task End();
}

/// <summary>Notes when it comes and when it goes.</summary>
internal sealed class DiaryGrain(IGrainContext context, [PersistentState("diary", "pool")] IPersistentState<Note> diary)
    : Grain(context), IDiaryGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) => AddAsync("came");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => AddAsync("went");

    public Task<string> Read() => Task.FromResult(diary.State.Text);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task AddAsync(string text)
    {
        diary.State.Text += $", {text}";
        return diary.WriteStateAsync();
    }
}

public interface IFragileNoteGrain : IGrainWithStringKey
{
    Task Write(string text);

    Task<string> Read();

    Task WriteManyTimesAtOnce(int times);

    Task WriteThenWriteMore(int times);

    Task WriteThenRead();
}

internal sealed class FragileNoteGrain(IGrainContext context, [PersistentState("note", "fragile")] IPersistentState<Note> note)
    : Grain(context), IFragileNoteGrain
{
    public Task Write(string text)
    {
        note.State.Text = text;
        return note.WriteStateAsync();
    }

    public Task<string> Read() => Task.FromResult($"{note.State.Text}, etag: {note.Etag}");

    public Task WriteManyTimesAtOnce(int times) => Task.WhenAll(Enumerable.Range(0, times).Select(_ => note.WriteStateAsync()));

    public async Task WriteThenWriteMore(int times)
    {
        var first = note.WriteStateAsync();
        // The first write begins in the next turn; those that come after it has begun share another one.
        await Task.Yield();
        await Task.WhenAll(Enumerable.Range(0, times).Select(_ => note.WriteStateAsync()));
        await first;
    }

    public Task WriteThenRead() => Task.WhenAll(note.WriteStateAsync(), note.ReadStateAsync());
}
