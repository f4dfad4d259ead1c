using OwpPool.Core.Reputation;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>Tells workers what became of their leases, as the server's follower of the event log does: in order, from a position that
/// moves only when all of them have heard.</summary>
internal sealed class OutcomeDelivery(PoolWorld world)
{
    private int _position;
    private bool _isRunning;

    /// <summary>Whether everything is told.</summary>
    internal bool IsDone => _position == world.Memory.TaskEvents.Count;

    /// <summary>All outcomes of the log so far.</summary>
    internal IEnumerable<WorkOutcome> Outcomes => From(0);

    /// <summary>Tells all that happened until now; a failure leaves it for the next time.</summary>
    internal async Task RunAsync()
    {
        if (_isRunning) return;
        _isRunning = true;
        try
        {
            var upTo = world.Memory.TaskEvents.Count;
            foreach (var own in From(_position).GroupBy(outcome => outcome.WorkerId, StringComparer.Ordinal))
                await world.Grains.GetWorker(own.Key).LearnAsync(own.ToList());
            _position = upTo;
        }
        catch (Exception exception)
        {
            world.Note($"outcomes were not told: {exception.Message}");
        }
        finally
        {
            _isRunning = false;
        }
    }

    private IEnumerable<WorkOutcome> From(int position) => world.Memory.TaskEvents.Skip(position)
        .Select((item, index) => WorkOutcome.Of(position + index + 1, item.Type, item.Details)).OfType<WorkOutcome>();
}
