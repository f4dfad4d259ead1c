using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>A lease as an answer shows it. What a core server leaves out is null.</summary>
internal sealed record Lease(WireAnswer Answer, JsonElement View)
{
    private readonly long _seen = Stopwatch.GetTimestamp();

    /// <summary>How long ago it was shown.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_seen);

    public string TaskId => Text("task_id") ?? "";

    public string? LeaseId => Text("lease_id");

    public long? Token => View.WholeAt("fencing_token");

    public string? Status => Text("status");

    /// <summary>How much of it is left when the answer came, by the server's own clock where it can be had.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            if (View.WholeAt("lease_ttl_seconds") is { } seconds) return TimeSpan.FromSeconds(seconds);
            if (EndsAt is not { } end) return null;
            return end - (DateTimeOffset.TryParse(Answer.Header("Date"), out var now) ? now : DateTimeOffset.UtcNow);
        }
    }

    /// <summary>Its end.</summary>
    public DateTimeOffset? EndsAt => View.InstantAt("lease_expires_at");

    /// <summary>What a report under this lease carries.</summary>
    public JsonObject Proof => new() { ["lease_id"] = LeaseId, ["fencing_token"] = Token };

    public string? Text(string member) => View.TextAt(member);

    /// <summary>The leases of an answer's array.</summary>
    public static IReadOnlyList<Lease> ListOf(WireAnswer answer, string path = "leases") =>
        [.. answer.Items(path).Where(item => item.ValueKind is JsonValueKind.Object).Select(item => new Lease(answer, item))];
}
