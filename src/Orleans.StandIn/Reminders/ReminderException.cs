namespace Orleans.Runtime;

/// <summary>A reminder could not be registered or unregistered, usually because somebody changed it meanwhile: get it again and
/// retry.</summary>
[GenerateSerializer]
public sealed class ReminderException(string message) : OrleansException(message);
