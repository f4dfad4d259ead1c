namespace OwpPool.Server.Tasks;

/// <summary>Tells those who follow a task's log that there is more of it. Holds nothing for tasks that nobody follows.</summary>
public sealed class LogFollowers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Circle> _circles = new(StringComparer.Ordinal);

    /// <summary>Begins to listen; dispose of it to end.</summary>
    public Ear Listen(string taskId)
    {
        lock (_gate)
        {
            if (!_circles.TryGetValue(taskId, out var circle)) _circles.Add(taskId, circle = new Circle());
            circle.Ears++;
            return new Ear(this, taskId, circle);
        }
    }

    /// <summary>There are more lines, and they are stored.</summary>
    public void Tell(string taskId)
    {
        lock (_gate)
        {
            if (!_circles.TryGetValue(taskId, out var circle)) return;
            circle.Told.SetResult();
            circle.Told = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Leave(string taskId, Circle circle)
    {
        lock (_gate)
        {
            if (--circle.Ears == 0) _circles.Remove(taskId);
        }
    }

    /// <summary>One who listens.</summary>
    public sealed class Ear : IDisposable
    {
        private readonly LogFollowers _followers;
        private readonly string _taskId;
        private readonly Circle _circle;
        private int _left;

        internal Ear(LogFollowers followers, string taskId, Circle circle) => (_followers, _taskId, _circle) = (followers, taskId, circle);

        /// <summary>Completes when there is more than there was at this moment: take it before looking.</summary>
        public Task Next()
        {
            lock (_followers._gate) return _circle.Told.Task;
        }

        /// <inheritdoc />
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) _followers.Leave(_taskId, _circle);
        }
    }

    internal sealed class Circle
    {
        public TaskCompletionSource Told { get; set; } = NewSignal();

        public int Ears { get; set; }
    }
}
