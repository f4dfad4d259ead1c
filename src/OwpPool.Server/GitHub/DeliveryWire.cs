namespace OwpPool.Server.GitHub;

/// <summary>A delivery was taken.</summary>
public sealed record DeliveryResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>GitHub's id of the delivery.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>stored: it is durable and its effect follows; duplicate: it came before; ignored: it says nothing to the pool.</summary>
    public required string Result { get; init; }
}
