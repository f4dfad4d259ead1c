using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>What the copier needs to know about types.</summary>
internal static class TypeTraits
{
    private static readonly FrozenSet<Type> InherentlyImmutable = new HashSet<Type>
    {
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(Guid), typeof(Uri), typeof(Version), typeof(BigInteger), typeof(Half), typeof(Int128), typeof(UInt128), typeof(Rune),
        typeof(CancellationToken), typeof(IPAddress), typeof(IPEndPoint), typeof(Type), typeof(DBNull), typeof(TimeZoneInfo),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> CopiedFieldByField = new HashSet<Type>
    {
        typeof(KeyValuePair<,>), typeof(Nullable<>), typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>),
        typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>), typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>), typeof(Tuple<,,,,,>),
        typeof(Tuple<,,,,,,>), typeof(Tuple<,,,,,,,>),
    }.ToFrozenSet();

    private static readonly ConcurrentDictionary<Type, bool> Shareable = new();

    /// <summary>Whether every value of exactly this type may be passed by reference. For a class that says nothing about derived
    /// types.</summary>
    internal static bool IsShareable(Type type) => Shareable.GetOrAdd(type, static type => JudgeShareable(type));

    /// <summary>Whether a variable of this type can hold values of another class.</summary>
    internal static bool MayHoldOtherTypes(Type type) => !type.IsValueType && !type.IsSealed;

    internal static bool IsFieldByField(Type type) => type.IsGenericType && CopiedFieldByField.Contains(type.GetGenericTypeDefinition());

    internal static bool IsMarked(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    /// <summary>All instance fields that hold data, those of base classes included.</summary>
    internal static IEnumerable<FieldInfo> AllFields(Type type)
    {
        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var field in level.GetFields(Declared))
                yield return field;
        }
    }

    private static bool JudgeShareable(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || InherentlyImmutable.Contains(type))
            return true;
        if (type.IsDefined(typeof(ImmutableAttribute), inherit: false))
            return true;
        if (typeof(Exception).IsAssignableFrom(type) || typeof(GrainReference).IsAssignableFrom(type) || typeof(Type).IsAssignableFrom(type))
            return true;
        return type.IsValueType
            && (IsMarked(type) || IsFieldByField(type))
            && AllFields(type).All(field => !MayHoldOtherTypes(field.FieldType) && IsShareable(field.FieldType));
    }
}
