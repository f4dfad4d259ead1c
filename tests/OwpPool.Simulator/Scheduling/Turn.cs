namespace OwpPool.Simulator;

/// <summary>Which activation the current thread is running a turn of; Orleans keeps its own record of this to itself.</summary>
internal static class Turn
{
    [ThreadStatic]
    private static Activation? t_current;

    internal static Activation? Current
    {
        get => t_current;
        set => t_current = value;
    }
}
