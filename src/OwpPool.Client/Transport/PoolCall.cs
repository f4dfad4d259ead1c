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
    /// <summary>JSON; null = no body.</summary>
    public byte[]? Body { get; init; }

    /// <summary>What the server was asked to wait before it answers.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>By which the server knows a repeat and answers it as it did the first; null = none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whether a second arrival of the same request changes nothing that the first did not.</summary>
    public required bool Repeatable { get; init; }

    public static PoolCall Get(string path, Caller caller) => new(HttpMethod.Get, path, caller) { Repeatable = true };

    public static PoolCall Post(string path, Caller caller, byte[] body, bool repeatable) =>
        new(HttpMethod.Post, path, caller) { Body = body, Repeatable = repeatable };
}
