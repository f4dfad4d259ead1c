namespace Orleans.Concurrency;

/// <summary>On a method of a grain interface: its calls interleave with each other, with no other call.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
