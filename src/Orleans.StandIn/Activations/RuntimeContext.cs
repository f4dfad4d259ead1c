namespace Orleans.Runtime;

/// <summary>Which activation the current thread is running a turn of.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static Activation? t_current;

    internal static Activation? Current
    {
        get => t_current;
        set => t_current = value;
    }
}
