using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Core;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Grain storage through the query texts of the OrleansQuery table, with the parameters, columns and conflict rules of Orleans'
/// own
/// provider, so that one database serves both.</summary>
internal sealed class AdoNetGrainStorage(string name, AdoNetGrainStorageOptions options, ClusterOptions cluster, IServiceProvider services)
    : IGrainStorage, ISiloParticipant
{
    private const string LoadQueries = "SELECT QueryKey, QueryText FROM OrleansQuery WHERE QueryKey = 'WriteToStorageKey' "
        + "OR QueryKey = 'ReadFromStorageKey' OR QueryKey = 'ClearStorageKey' OR QueryKey = 'DeleteStorageKey'";

    private RelationalStorage? _database;
    private IGrainStorageSerializer? _serializer;
    private Queries? _queries;

    private sealed record Queries(string Write, string Read, string Clear);

    private readonly record struct Row(byte[]? Payload, string? Version);

    private RelationalStorage Database => _database ?? throw NotStarted();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _serializer = options.GrainStorageSerializer
            ?? services.GetService<IGrainStorageSerializer>()
            ?? throw new OrleansConfigurationException(
                $"Storage \"{name}\" has no serializer: set AdoNetGrainStorageOptions.GrainStorageSerializer or register an IGrainStorageSerializer.");
        _database = RelationalStorage.Create($"Storage \"{name}\"", options.Invariant, options.ConnectionString, options.DataSource);
        var rows = await _database.ReadAsync(
            LoadQueries, static _ => { }, static row => (Key: row.GetString(0), Text: row.GetString(1)), cancellationToken);
        var texts = rows.ToDictionary(row => row.Key, row => row.Text);
        var clear = options.DeleteStateOnClear ? "DeleteStorageKey" : "ClearStorageKey";
        _queries = new Queries(Text(texts, "WriteToStorageKey"), Text(texts, "ReadFromStorageKey"), Text(texts, clear));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = StorageKey.For(grainId);
        var rows = await Database.ReadAsync(
            Text(queries => queries.Read),
            command => BindKey(command, key, stateName),
            static row => new Row(Value(row, "PayloadBinary") as byte[], VersionText(Value(row, "Version"))),
            CancellationToken.None).ConfigureAwait(false);
        var found = rows.Count switch
        {
            0 => default,
            1 => rows[0],
            _ => throw new InvalidOperationException($"Storage \"{name}\" holds several rows of state \"{stateName}\" of {grainId}."),
        };
        var state = found.Payload is { } payload ? _serializer!.Deserialize<T>(new BinaryData(payload)) : default;
        grainState.State = state ?? StateActivator.Create<T>();
        grainState.ETag = found.Version;
        grainState.RecordExists = found.Payload is not null;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = StorageKey.For(grainId);
        var payload = _serializer!.Serialize(grainState.State).ToArray();
        var rows = await Database.ReadAsync(
            Text(queries => queries.Write),
            command =>
            {
                BindKey(command, key, stateName);
                command.AddInt32("GrainStateVersion", VersionNumber(grainState.ETag));
                command.AddBytes("PayloadBinary", payload);
            },
            static row => VersionText(Value(row, "NewGrainStateVersion")) ?? string.Empty,
            CancellationToken.None).ConfigureAwait(false);
        var version = rows.SingleOrDefault();
        ThrowOnConflict("write", stateName, grainId, version, grainState.ETag);
        grainState.ETag = version;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (!grainState.RecordExists && string.IsNullOrWhiteSpace(grainState.ETag))
        {
            await ReadStateAsync(stateName, grainId, grainState).ConfigureAwait(false);
            if (!grainState.RecordExists)
                return;
        }
        var key = StorageKey.For(grainId);
        var rows = await Database.ReadAsync(
            Text(queries => queries.Clear),
            command =>
            {
                BindKey(command, key, stateName);
                command.AddInt32("GrainStateVersion", VersionNumber(grainState.ETag));
            },
            static row => VersionText(row.GetValue(0)) ?? string.Empty,
            CancellationToken.None).ConfigureAwait(false);
        var version = rows.SingleOrDefault();
        ThrowOnConflict("clear", stateName, grainId, version, grainState.ETag);
        grainState.ETag = options.DeleteStateOnClear ? null : version;
        grainState.RecordExists = false;
        grainState.State = StateActivator.Create<T>();
    }

    internal static AdoNetGrainStorage Create(IServiceProvider services, string name) => new(
        name,
        services.GetRequiredService<IOptionsMonitor<AdoNetGrainStorageOptions>>().Get(name),
        services.GetRequiredService<IOptions<ClusterOptions>>().Value,
        services);

    private static object? Value(DbDataReader row, string column) => row.GetValue(row.GetOrdinal(column)) is var value and not DBNull ? value : null;

    private static string? VersionText(object? value) => value is null or DBNull
        ? null
        : Convert.ToInt32(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    private static int? VersionNumber(string? etag) =>
        string.IsNullOrWhiteSpace(etag) ? null : int.Parse(etag, CultureInfo.InvariantCulture);

    private void BindKey(DbCommand command, StorageKey key, string stateName)
    {
        command.AddInt32("GrainIdHash", key.Hash);
        command.AddInt64("GrainIdN0", key.N0);
        command.AddInt64("GrainIdN1", key.N1);
        command.AddInt32("GrainTypeHash", StorageKey.HashOfName(stateName));
        command.AddText("GrainTypeString", stateName);
        command.AddText("GrainIdExtensionString", key.Extension);
        command.AddText("ServiceId", cluster.ServiceId);
    }

    /// <summary>Storage answers with the version it has made: the old one, an empty one, or none though there was one means that it made
    /// none.</summary>
    private void ThrowOnConflict(string operation, string stateName, GrainId grainId, string? made, string? had)
    {
        if (made != had && made != string.Empty && (made is not null || had is null))
            return;
        throw new InconsistentStateException(
            $"Version conflict ({operation}): state \"{stateName}\" of grain {grainId} in storage \"{name}\" is not at version {had ?? "none"} any more.",
            "Unknown",
            had);
    }

    private string Text(Func<Queries, string> select) => select(_queries ?? throw NotStarted());

    private string Text(Dictionary<string, string> texts, string queryKey) => texts.TryGetValue(queryKey, out var text)
        ? text
        : throw new OrleansConfigurationException($"Storage \"{name}\": table OrleansQuery has no row {queryKey}.");

    private InvalidOperationException NotStarted() => new($"Storage \"{name}\" has not been started.");
}
