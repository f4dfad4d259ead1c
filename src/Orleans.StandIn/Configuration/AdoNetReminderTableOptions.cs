using System.Data.Common;

namespace Orleans.Configuration;

/// <summary>Reminders in a relational database, through the query texts in its OrleansQuery table.</summary>
public class AdoNetReminderTableOptions
{
    /// <summary>Where to connect; set this or <see cref="DataSource"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Makes the connections; set this or <see cref="ConnectionString"/>.</summary>
    public DbDataSource? DataSource { get; set; }

    /// <summary>Names the ADO.NET provider, such as <c>System.Data.SQLite</c> (Microsoft.Data.Sqlite) or <c>Npgsql</c>.</summary>
    public string Invariant { get; set; } = string.Empty;
}
