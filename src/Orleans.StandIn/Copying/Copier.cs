using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>Deep copies of what crosses a grain call, by copiers that are made once for each type.</summary>
internal static class Copier
{
    private static readonly MethodInfo CopyMethod = typeof(Copier).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
        .Single(method => method.Name == nameof(Copy) && method.GetParameters().Length == 2);

    private static readonly ConcurrentDictionary<Type, Func<object, CopyContext, object>?> ByRuntimeType = new();

    /// <summary>A copy that shares nothing changeable with <paramref name="value"/>.</summary>
    /// <exception cref="CodecNotFoundException">Some type in it is not marked and has no copier of its own.</exception>
    internal static T Copy<T>(T value)
    {
        if (Holder<T>.IsShareable)
            return value;
        var context = CopyContext.Rent();
        try
        {
            return Copy(value, context);
        }
        finally
        {
            context.Return();
        }
    }

    internal static T Copy<T>(T value, CopyContext context)
    {
        if (value is null || Holder<T>.IsShareable)
            return value;
        if (!Holder<T>.MayHoldOtherTypes || value.GetType() == typeof(T))
        {
            var exact = Holder<T>.Exact ?? throw Failure(typeof(T));
            return typeof(T).IsValueType || !context.TryGetCopy(value, out var known) ? exact(value, context) : (T)known!;
        }
        return (T)CopyByRuntimeType(value, context);
    }

    /// <summary>Whether values declared as <paramref name="type"/> never need copying.</summary>
    internal static bool NeverCopies(Type type) => !TypeTraits.MayHoldOtherTypes(type) && TypeTraits.IsShareable(type);

    internal static bool NeverCopies<T>() => Holder<T>.IsShareable;

    internal static MethodInfo CopyMethodFor(Type type) => CopyMethod.MakeGenericMethod(type);

    private static object CopyByRuntimeType(object value, CopyContext context)
    {
        var copy = ByRuntimeType.GetOrAdd(value.GetType(), static type => MakeUntyped(type));
        return copy is null ? value : copy(value, context);
    }

    /// <summary>Null for types that need no copy.</summary>
    private static Func<object, CopyContext, object>? MakeUntyped(Type type)
    {
        if (TypeTraits.IsShareable(type))
            return null;
        var value = Expression.Parameter(typeof(object));
        var context = Expression.Parameter(typeof(CopyContext));
        var call = Expression.Call(CopyMethodFor(type), Expression.Convert(value, type), context);
        return Expression.Lambda<Func<object, CopyContext, object>>(Expression.Convert(call, typeof(object)), value, context).Compile();
    }

    private static CodecNotFoundException Failure(Type type) =>
        new($"Could not find a copier for type {type}. Mark it [GenerateSerializer] and give its members [Id] to let it cross a grain call.");

    private static class Holder<T>
    {
        internal static readonly bool MayHoldOtherTypes = TypeTraits.MayHoldOtherTypes(typeof(T));
        internal static readonly bool IsShareable = NeverCopies(typeof(T));
        private static Func<T, CopyContext, T>? s_exact;

        /// <summary>Made on first use and kept; a type without a copier is tried, and refused, at each call.</summary>
        internal static Func<T, CopyContext, T>? Exact => s_exact ??= CopierFactory.TryCreate<T>();
    }
}
