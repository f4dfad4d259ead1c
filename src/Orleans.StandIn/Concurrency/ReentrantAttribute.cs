namespace Orleans.Concurrency;

/// <summary>Lets all calls of the grain class interleave at their awaits.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
