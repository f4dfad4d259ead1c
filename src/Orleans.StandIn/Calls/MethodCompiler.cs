using System.Linq.Expressions;
using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>Compiles, once for each method, what a call needs: no reflection happens on the way.</summary>
internal static class MethodCompiler
{
    internal static Func<object, TArguments, ValueTask<TResult>> CompileInvoke<TArguments, TResult>(MethodInfo method)
    {
        var target = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(TArguments));
        var values = method.GetParameters().Select((_, index) => ArgumentTuple.Item(arguments, index));
        Expression call = Expression.Call(Expression.Convert(target, method.DeclaringType!), method, values);
        call = Wrap(call, method.ReturnType);
        return Expression.Lambda<Func<object, TArguments, ValueTask<TResult>>>(call, target, arguments).Compile();
    }

    internal static Func<TArguments, CopyContext, TArguments>? CompileCopy<TArguments>(MethodInfo method)
    {
        var parameters = method.GetParameters();
        if (parameters.All(IsShared))
            return null;
        var arguments = Expression.Parameter(typeof(TArguments));
        var context = Expression.Parameter(typeof(CopyContext));
        var copies = parameters.Select((parameter, index) => Copied(ArgumentTuple.Item(arguments, index), parameter, context)).ToArray();
        var body = ArgumentTuple.New(typeof(TArguments), copies);
        return Expression.Lambda<Func<TArguments, CopyContext, TArguments>>(body, arguments, context).Compile();
    }

    internal static Func<TArguments, CancellationToken>? CompileGetToken<TArguments>(MethodInfo method)
    {
        var index = Array.FindIndex(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
        if (index < 0)
            return null;
        var arguments = Expression.Parameter(typeof(TArguments));
        return Expression.Lambda<Func<TArguments, CancellationToken>>(ArgumentTuple.Item(arguments, index), arguments).Compile();
    }

    private static Expression Copied(Expression argument, ParameterInfo parameter, Expression context) =>
        IsShared(parameter) ? argument : Expression.Call(Copier.CopyMethodFor(argument.Type), argument, context);

    private static bool IsShared(ParameterInfo parameter) =>
        Copier.NeverCopies(parameter.ParameterType) || parameter.IsDefined(typeof(ImmutableAttribute), inherit: false);

    /// <summary>Turns each kind of task a grain method may return into a <see cref="ValueTask{TResult}"/>.</summary>
    private static Expression Wrap(Expression call, Type returnType)
    {
        if (returnType == typeof(Task) || returnType == typeof(ValueTask))
        {
            var convert = typeof(MethodCompiler).GetMethod(nameof(WithUnit), BindingFlags.Static | BindingFlags.NonPublic, [returnType])!;
            return Expression.Call(convert, call);
        }
        if (returnType.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return call;
        var valueTask = typeof(ValueTask<>).MakeGenericType(returnType.GetGenericArguments());
        return Expression.New(valueTask.GetConstructor([returnType])!, call);
    }

    private static ValueTask<Unit> WithUnit(Task task) => task.IsCompletedSuccessfully ? default : AwaitAsync(task);

    private static ValueTask<Unit> WithUnit(ValueTask task)
    {
        if (!task.IsCompletedSuccessfully)
            return AwaitAsync(task.AsTask());
        task.GetAwaiter().GetResult();
        return default;
    }

    private static async ValueTask<Unit> AwaitAsync(Task task)
    {
        await task;
        return default;
    }
}
