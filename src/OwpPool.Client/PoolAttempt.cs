namespace OwpPool.Client;

/// <summary>One attempt of one request, for those who look for a fault.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, without the server; no token is ever in it.</param>
/// <param name="Outcome">The status, or why there is none.</param>
/// <param name="Elapsed">How long it took, to the headers of the answer.</param>
public sealed record PoolAttempt(HttpMethod Method, string Path, string Outcome, TimeSpan Elapsed);
