namespace OwpPool.Server.Hosting.OpenApi;

/// <summary>Says that a text of the API, or each text of a list or map, is one of the words of a list.</summary>
/// <param name="list">The name of a <see cref="WordList"/> in <see cref="WordLists"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(string list) : Attribute
{
    /// <summary>Name of the list.</summary>
    public string List => list;
}
