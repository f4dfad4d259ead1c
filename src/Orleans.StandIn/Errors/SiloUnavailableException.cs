namespace Orleans.Runtime;

/// <summary>The silo is not running, or stopped while the call was under way.</summary>
[GenerateSerializer]
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    internal SiloUnavailableException(string message)
        : base(message)
    {
    }
}
