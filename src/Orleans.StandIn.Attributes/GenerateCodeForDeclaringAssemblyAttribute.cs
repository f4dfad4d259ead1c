namespace Orleans;

/// <summary>Asks for the serializers of the assembly that declares <see cref="Type"/> to be made in the assembly that carries
/// this.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class GenerateCodeForDeclaringAssemblyAttribute(Type type) : Attribute
{
    /// <summary>Any type of the assembly that is meant.</summary>
    public Type Type { get; } = type;
}
