using System.Data.Common;
using Orleans.Storage;

namespace Orleans.Configuration;

/// <summary>Grain storage in a relational database, through the query texts in its OrleansQuery table.</summary>
public class AdoNetGrainStorageOptions : IStorageProviderSerializerOptions
{
    public const string DEFAULT_ADONET_INVARIANT = "Microsoft.Data.SqlClient";

    /// <summary>Where to connect; set this or <see cref="DataSource"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Makes the connections; set this or <see cref="ConnectionString"/>.</summary>
    public DbDataSource? DataSource { get; set; }

    /// <summary>Names the ADO.NET provider, such as <c>System.Data.SQLite</c> (Microsoft.Data.Sqlite) or <c>Npgsql</c>.</summary>
    public string Invariant { get; set; } = DEFAULT_ADONET_INVARIANT;

    /// <summary>Turns state into the stored bytes. Unset: the <see cref="IGrainStorageSerializer"/> among the host's services.</summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;

    /// <summary>Whether clearing a state deletes its row (query DeleteStorageKey) or empties it (ClearStorageKey). Default
    /// empties.</summary>
    public bool DeleteStateOnClear { get; set; }
}
