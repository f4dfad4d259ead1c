namespace Orleans;

/// <summary>Marks a type that may cross a grain call. Only members with an <see cref="IdAttribute"/> and the primary constructor
/// parameters of records travel; any other member is left out of the copy.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    private bool? _includePrimaryConstructorParameters;

    /// <summary>Whether primary constructor parameters travel without an id of their own. Unset: yes for records, no for classes.</summary>
    public bool IncludePrimaryConstructorParameters
    {
        get => _includePrimaryConstructorParameters ?? false;
        set => _includePrimaryConstructorParameters = value;
    }

    internal bool? IncludePrimaryConstructorParametersIfSet => _includePrimaryConstructorParameters;
}
