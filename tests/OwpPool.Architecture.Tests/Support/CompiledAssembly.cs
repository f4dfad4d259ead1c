using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace OwpPool.Architecture.Tests.Support;

/// <summary>What a compiled assembly refers to, read from its metadata: what the compiler has used, whatever a project file says.</summary>
internal sealed class CompiledAssembly
{
    private CompiledAssembly(string name, IReadOnlySet<string> assemblies, IReadOnlySet<string> types, IReadOnlySet<string> members)
    {
        Name = name;
        Assemblies = assemblies;
        Types = types;
        Members = members;
    }

    public string Name { get; }

    /// <summary>Names of the assemblies referred to.</summary>
    public IReadOnlySet<string> Assemblies { get; }

    /// <summary>Full names of the types referred to.</summary>
    public IReadOnlySet<string> Types { get; }

    /// <summary>Members referred to, as <c>Namespace.Type.Member</c>; accessors by their own names.</summary>
    public IReadOnlySet<string> Members { get; }

    /// <summary>One of the assemblies beside the tests.</summary>
    public static CompiledAssembly Load(string name)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, name + ".dll"));
        using var portable = new PEReader(file);
        var reader = portable.GetMetadataReader();
        return new CompiledAssembly(
            name,
            reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name)).ToHashSet(),
            reader.TypeReferences.Select(handle => FullName(reader, handle)).ToHashSet(),
            reader.MemberReferences.Select(handle => FullName(reader, reader.GetMemberReference(handle))).OfType<string>().ToHashSet());
    }

    private static string FullName(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        if (type.ResolutionScope.Kind is HandleKind.TypeReference)
            return $"{FullName(reader, (TypeReferenceHandle)type.ResolutionScope)}.{name}";
        return $"{reader.GetString(type.Namespace)}.{name}";
    }

    private static string? FullName(MetadataReader reader, MemberReference member) => member.Parent.Kind is HandleKind.TypeReference
        ? $"{FullName(reader, (TypeReferenceHandle)member.Parent)}.{reader.GetString(member.Name)}"
        : null;
}
