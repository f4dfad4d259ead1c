using OwpPool.Core.Matching;
using OwpPool.Grains;

namespace OwpPool.Server.Workers;

/// <summary>A repo's latest summary, and how much of it nobody is trying for yet. Not thread-safe: guarded by the line of waiters.</summary>
internal sealed class RepoNews
{
    private readonly Dictionary<TaskShape, int> _trying = [];
    private RepoSupply? _supply;
    private int[] _free = [];
    private int _room;
    private int _tryingCount;

    /// <summary>Number of the publication; 0 = none yet.</summary>
    public long Version { get; private set; }

    /// <summary>Kinds of task that it tells of, best rank first.</summary>
    public int ShapeCount => _free.Length;

    /// <summary>Whether there is room that nobody is trying for.</summary>
    public bool HasRoom => _room > 0;

    /// <summary>A kind of task.</summary>
    public TaskShape ShapeAt(int index) => _supply!.Shapes[index].Shape;

    /// <summary>Whether there is room, and a task of the kind, that nobody is trying for.</summary>
    public bool Has(int index) => _room > 0 && _free[index] > 0;

    /// <summary>Takes over a new summary. Claims that are under way may still take of it, so what they were woken for is not offered
    /// twice.</summary>
    public void Replace(RepoSupply supply, long version)
    {
        (_supply, Version) = (supply, version);
        _room = supply.Room - _tryingCount;
        _free = [.. supply.Shapes.Select(shape => shape.Tasks - _trying.GetValueOrDefault(shape.Shape))];
    }

    /// <summary>Reserves a task of the kind for a worker that could take it.</summary>
    /// <returns>What it is woken for, or null if there is nothing for it.</returns>
    public Wakeup? Reserve(int index, WorkerCapability worker)
    {
        if (!Has(index) || worker is not { Available: true, FreeSlots: > 0 }) return null;
        var shape = ShapeAt(index);
        if (Eligibility.WhyNot(shape, worker, _supply!.Trust) is not null) return null;
        _room--;
        _free[index]--;
        _tryingCount++;
        _trying[shape] = _trying.GetValueOrDefault(shape) + 1;
        return new Wakeup(this, shape, Version);
    }

    /// <summary>The claim that a wake-up led to is over.</summary>
    /// <param name="wakeup">Which.</param>
    /// <param name="took">Tasks that it took of this repo.</param>
    public void Settle(Wakeup wakeup, int took)
    {
        _tryingCount--;
        if (--_trying[wakeup.Shape] == 0) _trying.Remove(wakeup.Shape);
        if (took > 0 && wakeup.Version == Version)
        {
            _room -= took - 1;
            return;
        }
        // Nothing was taken, or it was of an older summary: what this one tells of is there for the next.
        _room++;
        for (var i = 0; i < _free.Length; i++)
            if (_supply!.Shapes[i].Shape.Equals(wakeup.Shape)) _free[i]++;
    }

    /// <summary>The repo.</summary>
    public string Repo => _supply!.Repo;
}

/// <summary>Why a waiter was woken: a task of this shape, in this repo, by this publication.</summary>
internal sealed record Wakeup(RepoNews News, TaskShape Shape, long Version);
