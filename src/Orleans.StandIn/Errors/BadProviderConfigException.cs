namespace Orleans.Storage;

/// <summary>A grain names a storage provider that is not configured.</summary>
[GenerateSerializer]
public sealed class BadProviderConfigException : Runtime.OrleansException
{
    public BadProviderConfigException()
    {
    }

    public BadProviderConfigException(string msg)
        : base(msg)
    {
    }

    public BadProviderConfigException(string msg, Exception exc)
        : base(msg, exc)
    {
    }
}
