using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Reputation;

/// <summary>What is known of a worker's work.</summary>
public sealed record ReputationResponse
{
    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>0 to 100, one decimal; 50 without history.</summary>
    [Range(0.0, 100.0)]
    public required double ReputationScore { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string TrustTier { get; init; }

    /// <summary>What the score is made of.</summary>
    public required ReputationMetrics Metrics { get; init; }

    internal static ReputationResponse From(string workerId, WorkerRating rating) => new()
    {
        WorkerId = workerId,
        ReputationScore = Math.Round(rating.Reputation.Score, 1),
        TrustTier = EnumWords<TrustTier>.Of(rating.Trust),
        Metrics = new ReputationMetrics
        {
            CompletionRate = Rounded(rating.Reputation.CompletionRate),
            AvgPrQuality = Rounded(rating.Reputation.AverageQuality),
            OnTimeDelivery = Rounded(rating.Reputation.OnTimeDelivery),
            TotalTasks = rating.Reputation.Finished,
        },
    };

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;
}

/// <summary>What a score is made of; the rates are null without history.</summary>
public sealed record ReputationMetrics
{
    /// <summary>Confirmed merges of finished leases, 0 to 1.</summary>
    public required double? CompletionRate { get; init; }

    /// <summary>Mean of the maintainers' ratings, 1 to 5; null if there is none.</summary>
    public required double? AvgPrQuality { get; init; }

    /// <summary>Pull requests opened before the lease's first end, of finished leases, 0 to 1.</summary>
    public required double? OnTimeDelivery { get; init; }

    /// <summary>Finished leases: merged as confirmed, rejected, failed or lost.</summary>
    public required int TotalTasks { get; init; }
}

/// <summary>How far a worker is to be trusted.</summary>
public sealed record TrustRequest
{
    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    [Required, OneOf(nameof(WordLists.TrustTier))]
    public string Tier { get; init; } = "";

    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    internal TrustTier ToTier() => EnumWords<TrustTier>.ByWord[Tier];

    internal static TrustRequest Read(JsonFields body) => new()
    {
        Tier = body.RequiredWord("tier", WordLists.TrustTier.Words),
        Reason = body.Line("reason", 500),
    };
}

/// <summary>It was done.</summary>
public sealed record TrustResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;
}
