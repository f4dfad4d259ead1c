using System.Reflection;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Grains.Tasks;

namespace OwpPool.Architecture.Tests;

/// <summary>What Orleans needs of types that cross a grain call or are stored, and would say only when it is too late.</summary>
public sealed class ContractTests
{
    private static readonly Assembly[] Contracts = [typeof(TaskState).Assembly, typeof(ITaskGrain).Assembly];

    private static readonly IReadOnlyList<Type> Serialized =
        [.. Contracts.SelectMany(assembly => assembly.GetTypes())
            .Where(type => Has(type, "GenerateSerializerAttribute") && !IsGenerated(type))];

    private static readonly IReadOnlyList<Type> GrainInterfaces =
        [.. typeof(ITaskGrain).Assembly.GetTypes().Where(type => type.IsInterface && IsGrain(type))];

    [Fact]
    public void Contracts_AsBuilt_AreLookedAt()
    {
        Assert.Contains(typeof(TaskState), Serialized);
        Assert.Contains(typeof(ITaskGrain), GrainInterfaces);
        Assert.True(Serialized.Count > 20 && GrainInterfaces.Count >= 4);
    }

    [Fact]
    public void SerializedTypes_Aliases_AreThereAndUnique()
    {
        Assert.All(Serialized, type => Assert.True(Alias(type) is { Length: > 0 }, $"{type} has no [Alias]"));
        Assert.Equal(Serialized.Count, Serialized.Select(Alias).Distinct().Count());
    }

    [Fact]
    public void SerializedTypes_MemberIds_AreDenseFromZeroAndOnEveryMember()
    {
        foreach (var type in Serialized.Where(type => !type.IsEnum))
        {
            var members = StoredMembers(type).ToList();
            var ids = members.Select(Id).OfType<uint>().Order().ToList();
            // A record that has no id at all is serialised by position, if its members are all parameters of its constructor.
            if (ids.Count == 0)
            {
                var parameters = type.GetConstructors().SelectMany(constructor => constructor.GetParameters())
                    .Select(parameter => parameter.Name);
                Assert.True(members.TrueForAll(member => parameters.Contains(member.Name)), $"{type} has members without [Id]");
                continue;
            }
            Assert.True(members.Count == ids.Count, $"{type}: not every member has an [Id]");
            var dense = Enumerable.Range(0, ids.Count).Select(id => (uint)id);
            Assert.True(ids.SequenceEqual(dense), $"{type}: ids are {string.Join(", ", ids)}");
        }
    }

    [Fact]
    public void GrainInterfaces_Methods_AreAsynchronousAndHaveUniqueAliases()
    {
        foreach (var type in GrainInterfaces)
        {
            Assert.True(Alias(type) is { Length: > 0 }, $"{type} has no [Alias]");
            var methods = type.GetMethods();
            Assert.All(methods,
                method => Assert.True(IsAsynchronous(method.ReturnType), $"{type}.{method.Name} returns {method.ReturnType}"));
            Assert.All(methods, method => Assert.True(Alias(method) is { Length: > 0 }, $"{type}.{method.Name} has no [Alias]"));
            Assert.Equal(methods.Length, methods.Select(Alias).Distinct().Count());
        }
        Assert.Equal(GrainInterfaces.Count, GrainInterfaces.Select(Alias).Distinct().Count());
    }

    [Fact]
    public void GrainInterfaces_WhatCrosses_IsSerialized()
    {
        var crossing = GrainInterfaces.SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType));
        var own = Reachable(crossing)
            .Where(type => Contracts.Contains(type.Assembly) && !type.IsEnum && !IsGrain(type) && !type.IsGenericParameter);
        Assert.All(own,
            type => Assert.True(Has(type, "GenerateSerializerAttribute"), $"{type} crosses a grain call and has no [GenerateSerializer]"));
    }

    [Fact]
    public void Grains_Types_AreNamedForEverAndSealed()
    {
        var grains = typeof(TaskGrain).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && IsGrain(type) && !IsGenerated(type)).ToList();
        Assert.True(grains.Count >= 4);
        Assert.All(grains, type => Assert.True(Argument(type, "GrainTypeAttribute") is { Length: > 0 }, $"{type} has no [GrainType]"));
        Assert.All(grains, type => Assert.True(type.IsSealed, $"{type} is not sealed"));
        Assert.Equal(grains.Count, grains.Select(type => Argument(type, "GrainTypeAttribute")).Distinct().Count());
    }

    /// <summary>The types themselves and all that their stored members hold.</summary>
    private static HashSet<Type> Reachable(IEnumerable<Type> types)
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(types);
        while (open.TryDequeue(out var type))
        {
            if (type.HasElementType) open.Enqueue(type.GetElementType()!);
            foreach (var argument in type.GetGenericArguments()) open.Enqueue(argument);
            if (type.IsGenericType && !type.IsGenericTypeDefinition) type = type.GetGenericTypeDefinition();
            if (!Contracts.Contains(type.Assembly) || !found.Add(type)) continue;
            foreach (var member in StoredMembers(type)) open.Enqueue(member.PropertyType);
            foreach (var derived in Serialized.Where(other => other.BaseType == type)) open.Enqueue(derived);
        }
        return found;
    }

    private static IEnumerable<PropertyInfo> StoredMembers(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(property => property.CanWrite && property.GetIndexParameters().Length == 0);

    private static bool IsAsynchronous(Type type) => type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>) || open == typeof(IAsyncEnumerable<>)));

    private static bool IsGrain(Type type) => type.GetInterfaces().Any(one => one.FullName == "Orleans.IGrain");

    private static bool IsGenerated(Type type) => type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) is true;

    private static bool Has(MemberInfo member, string attribute) => member.CustomAttributes.Any(one => one.AttributeType.Name == attribute);

    private static string? Alias(MemberInfo member) => Argument(member, "AliasAttribute");

    private static uint? Id(PropertyInfo property) =>
        property.CustomAttributes.FirstOrDefault(one => one.AttributeType.Name == "IdAttribute")?.ConstructorArguments[0].Value as uint?;

    private static string? Argument(MemberInfo member, string attribute) =>
        member.CustomAttributes.FirstOrDefault(one => one.AttributeType.Name == attribute)?.ConstructorArguments[0].Value as string;
}
