namespace Orleans.Runtime;

/// <summary>Base class of the runtime's own exceptions.</summary>
[GenerateSerializer]
public class OrleansException : Exception
{
    public OrleansException()
        : base("Unexpected error.")
    {
    }

    public OrleansException(string? message)
        : base(message)
    {
    }

    public OrleansException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
