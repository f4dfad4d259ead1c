using System.Globalization;

namespace OwpPool.Cli.Conformance;

/// <summary>Who a worker is: a registration that checks may use one after the other.</summary>
/// <param name="Points">Its capacity.</param>
/// <param name="Concurrent">How many tasks it takes at once.</param>
internal sealed record Registration(string Id, string Token, int Points, int Concurrent);

/// <summary>Workers of one skill that nobody else has. Checks that run one after the other share a crew, because servers count
/// registrations; one that runs beside them has another crew, and so gets none of their tasks.</summary>
internal sealed class Crew(string runId, int number)
{
    private readonly Lock _lock = new();
    private readonly List<Registration> _idle = [];
    private int _generation;

    /// <summary>What its tasks ask for.</summary>
    public string Skill => string.Create(CultureInfo.InvariantCulture, $"conf-{runId}-{number}-{_generation}");

    /// <summary>A worker that has nothing to do; null if there is none of the kind.</summary>
    public Registration? Take(int points, int concurrent)
    {
        lock (_lock)
        {
            var at = _idle.FindIndex(worker => worker.Points == points && worker.Concurrent == concurrent);
            if (at < 0) return null;
            var found = _idle[at];
            _idle.RemoveAt(at);
            return found;
        }
    }

    public void Return(Registration worker)
    {
        lock (_lock) _idle.Add(worker);
    }

    /// <summary>A task could not be ended: whoever has the skill might get it. From here on the crew has another skill.</summary>
    /// <returns>The workers of the old skill, to be shut out.</returns>
    public IReadOnlyList<Registration> Renew()
    {
        lock (_lock)
        {
            var old = _idle.ToArray();
            _idle.Clear();
            _generation++;
            return old;
        }
    }
}
