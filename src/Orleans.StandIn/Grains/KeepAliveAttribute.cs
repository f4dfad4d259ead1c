namespace Orleans;

/// <summary>Idle collection never takes activations of the class.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
public class KeepAliveAttribute : Attribute;
