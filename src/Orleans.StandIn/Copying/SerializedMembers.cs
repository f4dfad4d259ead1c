using System.Reflection;

namespace Orleans.Serialization;

/// <summary>Finds the fields of a marked type that travel, by Orleans' rules: members with an id, and the primary constructor parameters of
/// records. A member without an id stays behind, as it would on the wire.</summary>
internal static class SerializedMembers
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    internal readonly record struct Member(FieldInfo Field, bool IsImmutable);

    /// <exception cref="CodecNotFoundException">A base class is not marked.</exception>
    internal static IReadOnlyList<Member> Of(Type type)
    {
        var members = new List<Member>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            var marker = level.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false)
                ?? throw new CodecNotFoundException(
                    $"Could not find a copier for type {type}: its base type {level} is not marked [GenerateSerializer].");
            members.AddRange(DeclaredBy(level, marker));
        }
        return members;
    }

    private static IEnumerable<Member> DeclaredBy(Type type, GenerateSerializerAttribute marker)
    {
        foreach (var field in type.GetFields(Declared))
        {
            if (field.IsDefined(typeof(IdAttribute), inherit: false))
                yield return new Member(field, IsImmutable(field));
        }
        var positional = IncludesPrimaryConstructor(type, marker) ? PrimaryConstructorParameters(type) : [];
        foreach (var property in type.GetProperties(Declared))
        {
            var parameter = Array.Find(positional, parameter => parameter.Name == property.Name);
            if (parameter is null && !property.IsDefined(typeof(IdAttribute), inherit: false))
                continue;
            var field = type.GetField($"<{property.Name}>k__BackingField", Declared)
                ?? throw new CodecNotFoundException(
                    $"Could not find a copier for type {type}: property {property.Name} has an id and is not automatically implemented.");
            yield return new Member(field, IsImmutable(property) || (parameter is not null && IsImmutable(parameter)));
        }
    }

    private static bool IncludesPrimaryConstructor(Type type, GenerateSerializerAttribute marker) =>
        marker.IncludePrimaryConstructorParametersIfSet ?? IsRecord(type);

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", Declared, [typeof(System.Text.StringBuilder)]) is not null;

    /// <summary>The constructor whose every parameter has a property, its own or an inherited one, of its name and type: what a positional
    /// record declares.</summary>
    private static ParameterInfo[] PrimaryConstructorParameters(Type type) =>
        type.GetConstructors(Declared)
            .Select(constructor => constructor.GetParameters())
            .Where(parameters => parameters.Length > 0 && parameters.All(parameter => IsPropertyOf(type, parameter)))
            .MaxBy(parameters => parameters.Length) ?? [];

    private static bool IsPropertyOf(Type type, ParameterInfo parameter) =>
        parameter.Name is { } name && type.GetProperty(name, Declared & ~BindingFlags.DeclaredOnly)?.PropertyType == parameter.ParameterType;

    private static bool IsImmutable(ICustomAttributeProvider member) => member.IsDefined(typeof(ImmutableAttribute), inherit: false);
}
