using System.Data.Common;

namespace Orleans.Configuration;

/// <summary>Cluster membership in a relational database. The stand-in runs in one process and refuses to start with it.</summary>
public class AdoNetClusteringSiloOptions
{
    public string? ConnectionString { get; set; }

    public DbDataSource? DataSource { get; set; }

    public string Invariant { get; set; } = string.Empty;
}
