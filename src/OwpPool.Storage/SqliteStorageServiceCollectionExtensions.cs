using Microsoft.Extensions.DependencyInjection;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage;

/// <summary>Registers the SQLite storage.</summary>
public static class SqliteStorageServiceCollectionExtensions
{
    /// <summary>Opens the database when it is first asked for; the container closes it.</summary>
    /// <remarks>Registers <see cref="SqliteStorage"/>, <see cref="SqlitePoolDataSource"/>, <see cref="PoolReadModel"/> 
    /// <see cref="EventLogReader"/>, <see cref="EventFeed"/> and <see cref="EventCursors"/>. To fail before the host
    /// starts, call <see cref="SqliteStorage.Open"/> and use the other overload.
    /// </remarks>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, SqliteStorageOptions options)
        => services
            .AddSingleton(provider => SqliteStorage.Open(options, provider.GetService<TimeProvider>()))
            .AddParts();

    /// <summary>Registers a storage that is open already; whoever opened it closes it.</summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, SqliteStorage storage)
        => services.AddSingleton(storage).AddParts();

    private static IServiceCollection AddParts(this IServiceCollection services)
        => services
            .AddSingleton(provider => provider.GetRequiredService<SqliteStorage>().DataSource)
            .AddSingleton(provider => provider.GetRequiredService<SqliteStorage>().ReadModel)
            .AddSingleton(provider => provider.GetRequiredService<SqliteStorage>().Events)
            .AddSingleton(provider => provider.GetRequiredService<SqliteStorage>().Feed)
            .AddSingleton(provider => provider.GetRequiredService<SqliteStorage>().Cursors);
}
