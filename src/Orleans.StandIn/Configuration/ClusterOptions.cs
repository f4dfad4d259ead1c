namespace Orleans.Configuration;

/// <summary>Names of cluster and service.</summary>
public class ClusterOptions
{
    public const string DefaultClusterId = "default";
    public const string DefaultServiceId = "default";

    /// <summary>Silos of one cluster id find each other.</summary>
    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>Part of every storage and reminder key: another name sees none of the old data.</summary>
    public string ServiceId { get; set; } = DefaultServiceId;
}
