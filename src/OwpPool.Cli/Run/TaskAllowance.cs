namespace OwpPool.Cli.Run;

/// <summary>How many tasks may still be taken. Safe to share between workers.</summary>
/// <param name="most">Tasks in all; null = any number.</param>
internal sealed class TaskAllowance(int? most)
{
    private readonly Lock _gate = new();
    private int? _left = most;

    /// <summary>Whether nothing is left, unless something is given back.</summary>
    public bool IsSpent
    {
        get
        {
            lock (_gate) return _left is 0;
        }
    }

    /// <summary>Sets aside as many as are wanted, or as are left.</summary>
    public int Take(int wanted)
    {
        lock (_gate)
        {
            var taken = _left is { } left ? Math.Min(left, wanted) : wanted;
            _left -= taken;
            return taken;
        }
    }

    /// <summary>What was set aside and has not been used.</summary>
    public void GiveBack(int unused)
    {
        lock (_gate) _left += unused;
    }
}
