using System.Linq.Expressions;

namespace Orleans.Runtime;

/// <summary>Value tuples as carriers of a method's arguments; more than seven nest in the eighth field.</summary>
internal static class ArgumentTuple
{
    private const int RestIndex = 7;

    internal static Type TypeFor(ReadOnlySpan<Type> parameters)
    {
        if (parameters.Length > RestIndex)
        {
            Type[] outer = [.. parameters[..RestIndex], TypeFor(parameters[RestIndex..])];
            return typeof(ValueTuple<,,,,,,,>).MakeGenericType(outer);
        }
        return parameters.Length switch
        {
            0 => typeof(ValueTuple),
            1 => typeof(ValueTuple<>).MakeGenericType(parameters.ToArray()),
            2 => typeof(ValueTuple<,>).MakeGenericType(parameters.ToArray()),
            3 => typeof(ValueTuple<,,>).MakeGenericType(parameters.ToArray()),
            4 => typeof(ValueTuple<,,,>).MakeGenericType(parameters.ToArray()),
            5 => typeof(ValueTuple<,,,,>).MakeGenericType(parameters.ToArray()),
            6 => typeof(ValueTuple<,,,,,>).MakeGenericType(parameters.ToArray()),
            _ => typeof(ValueTuple<,,,,,,>).MakeGenericType(parameters.ToArray()),
        };
    }

    /// <summary>Reads the argument at <paramref name="index"/>.</summary>
    internal static Expression Item(Expression tuple, int index)
    {
        for (; index >= RestIndex; index -= RestIndex)
            tuple = Expression.Field(tuple, "Rest");
        return Expression.Field(tuple, $"Item{index + 1}");
    }

    /// <summary>Makes a tuple of <paramref name="items"/>.</summary>
    internal static Expression New(Type tupleType, ReadOnlySpan<Expression> items)
    {
        if (items.Length == 0)
            return Expression.Default(tupleType);
        var arguments = items.Length > RestIndex
            ? [.. items[..RestIndex], New(tupleType.GetGenericArguments()[RestIndex], items[RestIndex..])]
            : items.ToArray();
        return Expression.New(tupleType.GetConstructor(tupleType.GetGenericArguments())!, arguments);
    }
}
