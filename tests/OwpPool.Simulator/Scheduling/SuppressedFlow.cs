namespace OwpPool.Simulator;

/// <summary>Keeps the current execution context from flowing into what is started within the scope: a turn must not see its caller's
/// ambient values, nor a timer those of whoever armed it.</summary>
internal readonly struct SuppressedFlow : IDisposable
{
    private readonly AsyncFlowControl? _control;

    private SuppressedFlow(AsyncFlowControl control) => _control = control;

    public static SuppressedFlow Begin() => ExecutionContext.IsFlowSuppressed() ? default : new SuppressedFlow(ExecutionContext.SuppressFlow());

    public void Dispose() => _control?.Undo();
}
