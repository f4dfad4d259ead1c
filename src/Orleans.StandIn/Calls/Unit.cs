namespace Orleans.Runtime;

/// <summary>The result of methods that have none.</summary>
[Immutable]
internal readonly struct Unit;
