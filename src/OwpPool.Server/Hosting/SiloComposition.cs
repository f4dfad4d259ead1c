using Orleans.Configuration;
using OwpPool.Core.Shared;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Puts the silo together: grains, their storage and reminders on the pool's one database, and what grains are given.</summary>
public static class SiloComposition
{
    /// <summary>The name under which Orleans' ADO.NET providers know SQLite; the driver behind it is Microsoft.Data.Sqlite.</summary>
    private const string SqliteInvariant = "System.Data.SQLite";

    /// <summary>Adds the silo to the host. The pool's clock is the registered <see cref="TimeProvider"/>, else the system's; Orleans keeps to
    /// the system's.</summary>
    /// <param name="builder">The server's builder, with the pool's options bound.</param>
    /// <param name="storage">The open database; stays the caller's to close, after the host has stopped.</param>
    public static IHostApplicationBuilder AddPool(this IHostApplicationBuilder builder, SqliteStorage storage)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(storage);
        builder.Services.TryAddSystemClock();
        builder.Services.AddSingleton<IIdSource, RandomIdSource>();
        builder.Services.AddSingleton<SupplyBoard>();
        builder.Services.AddSingleton<PoolBoard>();
        builder.Services.AddSingleton<GrainInstruments>();
        builder.Services.AddSingleton<HearingBoard>();
        builder.Services.AddSingleton<IPoolReader, GrainReadModel>();
        builder.UseOrleans(silo =>
        {
            silo.UseLoneSilo();
            silo.UseSystemClockForEngine();
            silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("owp-pool", "owp-pool"));
            // A repo reads its backlog when it comes to life: on a busy machine a million tasks take longer than the half minute of grains
            // that only read a row, and a repo that is given up half-way never comes to life.
            silo.Configure<GrainCollectionOptions>(static options => options.ActivationTimeout = TimeSpan.FromMinutes(5));
            silo.AddAdoNetGrainStorage(Grains.GrainNames.Storage, (AdoNetGrainStorageOptions options) =>
            {
                options.Invariant = SqliteInvariant;
                options.DataSource = storage.DataSource;
                options.GrainStorageSerializer = new PoolGrainStorageSerializer();
            });
            silo.UseAdoNetReminderService((AdoNetReminderTableOptions options) =>
            {
                options.Invariant = SqliteInvariant;
                options.DataSource = storage.DataSource;
            });
        });
        // After the silo: hosted services start in order, and these call grains.
        builder.Services.AddSingleton<Waker>();
        builder.Services.AddSingleton<PoolStartup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PoolStartup>());
        builder.Services.AddHostedService<DirectoryFeed>();
        builder.Services.AddHostedService<StallWatch>();
        return builder;
    }

    private static void TryAddSystemClock(this IServiceCollection services)
    {
        if (!services.Any(service => service.ServiceType == typeof(TimeProvider))) services.AddSingleton(TimeProvider.System);
    }
}
