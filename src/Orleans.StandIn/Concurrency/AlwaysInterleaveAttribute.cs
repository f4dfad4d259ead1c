namespace Orleans.Concurrency;

/// <summary>On a method of a grain interface: its calls run between the turns of any other call.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
