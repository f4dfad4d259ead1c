using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orleans.StandIn.Tests.Api;

/// <summary>Writes public types and members the way the lists in <c>orleans-api</c> do. Default values and overrides are left
/// out.</summary>
internal static class ApiFormat
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> ShortNames = new()
    {
        [typeof(void)] = "void", [typeof(string)] = "string", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(bool)] = "bool",
        [typeof(object)] = "object", [typeof(Task)] = "Task", [typeof(ValueTask)] = "ValueTask", [typeof(TimeSpan)] = "TimeSpan",
        [typeof(CancellationToken)] = "CancellationToken", [typeof(Action)] = "Action",
    };

    internal static bool IsVisible(Type type) => type.IsVisible;

    internal static string Kind(Type type)
    {
        if (type.IsInterface)
            return "interface";
        if (type.IsEnum)
            return "enum";
        if (type.IsSubclassOf(typeof(MulticastDelegate)))
            return "delegate";
        if (type.IsValueType)
            return "struct";
        return (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static class",
            (true, false) => "abstract class",
            (false, true) => "sealed class",
            _ => "class",
        };
    }

    internal static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!) + "&";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter)
            return type.Name;
        if (ShortNames.TryGetValue(type, out var name))
            return name;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        var path = (type.DeclaringType is { } outer ? Name(outer) : type.Namespace) + "." + type.Name.Split('`')[0];
        path = path is "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Func" or "System.Action"
            ? path[(path.LastIndexOf('.') + 1)..]
            : path;
        return type.IsGenericType ? $"{path}<{string.Join(',', type.GetGenericArguments().Select(Name))}>" : path;
    }

    /// <summary>The members that the lists would hold, in no particular order.</summary>
    internal static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type);
        if (Kind(type) == "delegate")
            return [];
        return type.GetMembers(Declared).Where(IsListed).Select(Format);
    }

    private static bool IsListed(MemberInfo member) => member switch
    {
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) => false,
        ConstructorInfo constructor => !constructor.IsStatic && IsOpen(constructor),
        MethodInfo method => IsOpen(method) && !method.IsSpecialName && method.GetBaseDefinition() == method && !IsFromTheFramework(method),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => IsOpen(accessor) && accessor.GetBaseDefinition() == accessor),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        _ => false,
    };

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    /// <summary>The lists leave out what only fulfils IEquatable.</summary>
    private static bool IsFromTheFramework(MethodInfo method) =>
        method.Name == nameof(Equals) && method.GetParameters() is [{ ParameterType: var other }] && other == method.DeclaringType;

    private static string Format(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"ctor({Parameters(constructor)})",
        MethodInfo method => $"{(method.IsStatic ? "static " : string.Empty)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {Accessors(property)} }}",
        FieldInfo field => $"field {Name(field.FieldType)} {field.Name}",
        _ => member.ToString()!,
    };

    private static string Accessors(PropertyInfo property)
    {
        var accessors = new List<string>();
        if (property.GetMethod is { } get && IsOpen(get))
            accessors.Add("get;");
        if (property.SetMethod is { } set && IsOpen(set))
            accessors.Add("set;");
        return string.Join(' ', accessors);
    }

    private static string Generics(MethodInfo method) => method.IsGenericMethod
        ? $"<{string.Join(',', method.GetGenericArguments().Select(Name))}>"
        : string.Empty;

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));
}
