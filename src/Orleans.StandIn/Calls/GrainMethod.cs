using System.Reflection;
using Orleans.Concurrency;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>What the runtime knows of one method of a grain interface.</summary>
internal abstract class GrainMethod
{
    protected GrainMethod(Type interfaceType, MethodInfo method)
    {
        Interface = interfaceType;
        Method = method;
        IsAlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        IsOneWay = method.IsDefined(typeof(OneWayAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
    }

    internal Type Interface { get; }

    internal MethodInfo Method { get; }

    internal bool IsAlwaysInterleave { get; }

    internal bool IsReadOnly { get; }

    internal bool IsOneWay { get; }

    /// <summary>Null: the silo's.</summary>
    internal TimeSpan? ResponseTimeout { get; }

    public override string ToString() => $"{Interface.Name}.{Method.Name}";
}

/// <inheritdoc cref="GrainMethod"/>
/// <typeparam name="TArguments">A value tuple of the parameters.</typeparam>
/// <typeparam name="TResult"><see cref="Unit"/> where the method has none.</typeparam>
internal sealed class GrainMethod<TArguments, TResult>(Type interfaceType, MethodInfo method) : GrainMethod(interfaceType, method)
{
    /// <summary>Calls the method of a grain object.</summary>
    internal Func<object, TArguments, ValueTask<TResult>> Invoke { get; } = MethodCompiler.CompileInvoke<TArguments, TResult>(method);

    /// <summary>Null when no argument needs copying.</summary>
    internal Func<TArguments, CopyContext, TArguments>? CopyArguments { get; } = MethodCompiler.CompileCopy<TArguments>(method);

    /// <summary>Whether results go to the caller as they are.</summary>
    internal bool SharesResult { get; } = Copier.NeverCopies<TResult>() || method.ReturnParameter.IsDefined(typeof(ImmutableAttribute), false);

    /// <summary>Null when the method takes no token.</summary>
    internal Func<TArguments, CancellationToken>? GetToken { get; } = MethodCompiler.CompileGetToken<TArguments>(method);
}
