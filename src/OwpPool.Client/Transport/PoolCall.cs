namespace OwpPool.Client.Transport;

/// <summary>Whose token goes with a call. A token is sent to no other route than its own.</summary>
internal enum Caller
{
    Anyone,
    Worker,
    Admin,
}

/// <summary>One request, as often as it may have to be sent.</summary>
internal sealed record PoolCall(HttpMethod Method, string Path, Caller Caller)
{
    /// <summary>Null = none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>What the body is.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>What the server was asked to wait before it answers, or may need.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>By which the server knows a repeat and answers it as it did the first; null = a second arrival changes nothing that the
    /// first did not.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The version that a change is meant for; null = the header is left out.</summary>
    public string? IfMatch { get; init; }

    public static PoolCall Get(string path, Caller caller) => new(HttpMethod.Get, path, caller);

    public static PoolCall Post(string path, Caller caller, byte[] body) => new(HttpMethod.Post, path, caller) { Body = body };
}
