namespace Orleans.Concurrency;

/// <summary>On a method of a grain interface: the call is complete once it is sent; its result and its exception are lost.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;
