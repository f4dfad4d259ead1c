using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>Leads one call through the filters.</summary>
internal sealed class FilteredCall<TResult>(Activation activation, ICall call, Func<ValueTask<TResult>> method) : IIncomingGrainCallContext
{
    private int _nextFilter;
    private object? _result;

    public object Grain => activation.GrainInstance!;

    public IGrainContext TargetContext => activation;

    public GrainId TargetId => call.TargetId;

    public GrainId? SourceId => call.SourceId;

    public MethodInfo InterfaceMethod => call.Method.Method;

    public MethodInfo ImplementationMethod => FilteredCall.Implementation(activation.GrainInstance!.GetType(), call.Method.Method);

    public string InterfaceName => call.Method.Interface.FullName ?? call.Method.Interface.Name;

    public GrainInterfaceType InterfaceType => GrainInterfaceType.Create(InterfaceName);

    public string MethodName => call.Method.Method.Name;

    public object? Result
    {
        get => _result;
        set => _result = value;
    }

    public async Task Invoke()
    {
        if (_nextFilter < activation.Filters.Count)
            await activation.Filters[_nextFilter++].Invoke(this);
        else
        {
            var result = await method();
            _result = result is Unit ? null : result;
        }
    }

    internal async ValueTask<TResult> RunAsync()
    {
        await Invoke();
        return _result is TResult result ? result : default!;
    }
}

internal static class FilteredCall
{
    private static readonly ConcurrentDictionary<(Type Grain, MethodInfo Method), MethodInfo> Implementations = new();

    internal static ValueTask<TResult> InvokeAsync<TResult>(Activation activation, ICall call, Func<ValueTask<TResult>> method) =>
        new FilteredCall<TResult>(activation, call, method).RunAsync();

    internal static MethodInfo Implementation(Type grain, MethodInfo interfaceMethod) =>
        Implementations.GetOrAdd((grain, interfaceMethod), static key =>
        {
            var map = key.Grain.GetInterfaceMap(key.Method.DeclaringType!);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, key.Method)];
        });
}
