namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>What a request made, for its line in the log: the path of a creation does not name it.</summary>
/// <param name="Id">Of a task or a webhook, never text of somebody.</param>
public sealed record MadeThing(string Id);
