using OwpPool.Core.GitHub;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Events;
using OwpPool.Server.GitHub;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Tasks;
using OwpPool.Server.Webhooks;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Everything that can be set, read and checked once, before anything starts (protocol §6).</summary>
public sealed class PoolSettings
{
    private static readonly Dictionary<string, string> LevelSynonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["information"] = "info",
        ["warn"] = "warning",
        ["fatal"] = "critical",
        ["off"] = "none",
    };

    private PoolSettings(IConfiguration configuration, string environment, ICollection<string> faults)
    {
        EnvironmentName = environment;
        var reader = new SettingsReader(configuration, faults);
        Server = reader.Read<ServerOptions>("Server");
        Admin = reader.Read<AdminOptions>("Admin");
        Limits = reader.Read<LimitOptions>("Limits");
        RateLimits = reader.Read<RateLimitOptions>("RateLimits");
        Streams = reader.Read<StreamOptions>("Streams");
        TaskLogs = reader.Read<TaskLogOptions>("TaskLogs");
        Log = reader.Read<LogOptions>("Log");
        Artifacts = reader.Read<ArtifactOptions>("Artifacts");
        Storage = reader.Read<StorageOptions>("Storage");
        Audit = reader.Read<AuditOptions>("Audit");
        Lease = reader.Read<LeaseOptions>("Lease");
        Offer = reader.Read<OfferOptions>("Offer");
        Worker = reader.Read<WorkerOptions>("Worker");
        Review = reader.Read<ReviewOptions>("Review");
        Registration = reader.Read<RegistrationOptions>("Registration");
        Matching = reader.Read<MatchingOptions>("Matching");
        GitHub = reader.Read<GitHubOptions>("GitHub");
        Webhooks = reader.Read<WebhookOptions>("Webhooks");
        Imports = reader.Read<ImportOptions>("Imports");
        reader.RejectUnknownSections();
        foreach (var fault in CheckTogether()) faults.Add(fault);
    }

    /// <summary>Development relaxes the admin token and the shortest lease.</summary>
    public string EnvironmentName { get; }

    public ServerOptions Server { get; }

    public AdminOptions Admin { get; }

    public LimitOptions Limits { get; }

    public RateLimitOptions RateLimits { get; }

    public StreamOptions Streams { get; }

    public TaskLogOptions TaskLogs { get; }

    public LogOptions Log { get; }

    public ArtifactOptions Artifacts { get; }

    public StorageOptions Storage { get; }

    public AuditOptions Audit { get; }

    public LeaseOptions Lease { get; }

    public OfferOptions Offer { get; }

    public WorkerOptions Worker { get; }

    public ReviewOptions Review { get; }

    public RegistrationOptions Registration { get; }

    public MatchingOptions Matching { get; }

    public GitHubOptions GitHub { get; }

    public WebhookOptions Webhooks { get; }

    public ImportOptions Imports { get; }

    /// <summary>The storage's own form of its settings.</summary>
    public SqliteStorageOptions ToStorage() => new()
    {
        Path = Path.GetFullPath(Storage.Path),
        BusyTimeout = TimeSpan.FromMilliseconds(Storage.BusyTimeoutMilliseconds),
        MaxReaders = Storage.MaxReaders,
        MaxBatch = Storage.MaxBatch,
        CheckTime = TimeSpan.FromSeconds(Storage.CheckSeconds),
    };

    /// <summary>Reads the settings: from the variables, then <c>appsettings.json</c>, then the env file, the first that has one.</summary>
    /// <param name="variables">The environment.</param>
    /// <param name="folder">Where the files are.</param>
    /// <param name="faults">Receives a message for every setting that is wrong; if there is any, the settings must not be used.</param>
    public static PoolSettings Load(IReadOnlyDictionary<string, string> variables, string folder, ICollection<string> faults)
    {
        var envFile = SecretFiles.Resolve(EnvFile.Read(folder, faults), folder, faults);
        variables = SecretFiles.Resolve(variables, folder, faults);
        var builder = new ConfigurationBuilder().AddInMemoryCollection(Keys(envFile));
        try
        {
            builder.AddJsonFile(Path.Combine(folder, "appsettings.json"), optional: true, reloadOnChange: false);
            return new PoolSettings(builder.AddInMemoryCollection(Keys(variables)).Build(), EnvironmentOf(variables, envFile), faults);
        }
        catch (InvalidDataException fault)
        {
            faults.Add($"appsettings.json cannot be read: {fault.InnerException?.Message ?? fault.Message}");
            return new PoolSettings(new ConfigurationBuilder().AddInMemoryCollection(Keys(variables)).Build(),
                EnvironmentOf(variables, envFile), faults);
        }
    }

    private bool IsDevelopment => string.Equals(EnvironmentName, Environments.Development, StringComparison.OrdinalIgnoreCase);

    private IEnumerable<string> CheckTogether()
    {
        if (!IsDevelopment && Lease.TtlSeconds is >= 1 and < LeaseOptions.MinTtlSeconds)
            yield return $"{SettingsReader.NameOf("Lease:TtlSeconds")} must be from {LeaseOptions.MinTtlSeconds} to 86400";
        if (Lease.LifetimeSeconds < Lease.TtlSeconds)
        {
            yield return $"{SettingsReader.NameOf("Lease:LifetimeSeconds")} must not be shorter than " +
                SettingsReader.NameOf("Lease:TtlSeconds");
        }
        if (Worker.HeartbeatIntervalSeconds > Worker.HeartbeatTtlSeconds)
        {
            yield return $"{SettingsReader.NameOf("Worker:HeartbeatIntervalSeconds")} must not be longer than " +
                SettingsReader.NameOf("Worker:HeartbeatTtlSeconds");
        }
        if (!IsDevelopment && Admin.Token is { Length: > 0 } token && SecretRules.WhyNot(token) is { } fault)
            yield return $"{SettingsReader.NameOf("Admin:Token")} {fault}";
        if (!IsDevelopment && Server.MetricsToken is { Length: > 0 } metrics && SecretRules.WhyNot(metrics) is { } wrongMetrics)
            yield return $"{SettingsReader.NameOf("Server:MetricsToken")} {wrongMetrics}";
        if (Server.MetricsToken is { Length: > 0 } shared && shared == Admin.Token)
            yield return $"{SettingsReader.NameOf("Server:MetricsToken")} must differ from {SettingsReader.NameOf("Admin:Token")}";
        foreach (var wrong in GitHub.WhyNot()) yield return wrong;
        if (Server.PublicUrl.Length > 0 && !Listening.IsPublicUrl(Server.PublicUrl))
            yield return $"{SettingsReader.NameOf("Server:PublicUrl")} must be an http or https address without a query";
        if (Listening.TryParse(Server.Host) is null)
            yield return $"{SettingsReader.NameOf("Server:Host")} must be an IP address, localhost or *";
        if (CrossOrigin.TryParse(Server.CorsOrigins) is null)
        {
            yield return $"{SettingsReader.NameOf("Server:CorsOrigins")} must be origins as browsers send them, such as https://ide.example.com, " +
                "separated by commas: lower case, without path, default port or *";
        }
        if (HostNames.TryParse(Server.AllowedHosts) is null)
            yield return $"{SettingsReader.NameOf("Server:AllowedHosts")} must be host names or *, separated by commas";
        if (TrustedProxies.TryParse(Server.TrustedProxies) is null)
            yield return $"{SettingsReader.NameOf("Server:TrustedProxies")} must be IP addresses or networks, separated by commas";
        if (Forges.TryParse(Artifacts.Hosts) is null)
        {
            yield return $"{SettingsReader.NameOf("Artifacts:Hosts")} must list hosts, separated by commas, such as git.acme.com=gitlab or "
                + "git.acme.com:3000=gitea; kinds are github, gitlab, bitbucket and gitea";
        }
    }

    private static string EnvironmentOf(params ReadOnlySpan<IReadOnlyDictionary<string, string>> sources)
    {
        foreach (var source in sources)
        {
            if (source.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") is { Length: > 0 } web) return web;
            if (source.GetValueOrDefault("DOTNET_ENVIRONMENT") is { Length: > 0 } general) return general;
        }
        return Environments.Production;
    }

    /// <summary>Variables as configuration keys: <c>OwpPool__A__B</c> is <c>OwpPool:A:B</c>, and a short name wins over the long one. An
    /// empty variable is an unset one: compose files pass those.</summary>
    private static Dictionary<string, string?> Keys(IReadOnlyDictionary<string, string> variables)
    {
        var keys = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        const string prefix = SettingsReader.Root + "__";
        foreach (var (name, value) in variables)
            if (value.Length > 0 && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                keys[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        foreach (var (name, setting) in SettingsReader.ShortNames)
            if (variables.GetValueOrDefault(name) is { Length: > 0 } value)
                keys[$"{SettingsReader.Root}:{setting}"] = name == "LOG_LEVEL" ? LevelOf(value) : value;
        return keys;
    }

    // What other tools call the levels is taken too.
    private static string LevelOf(string word) => LevelSynonyms.GetValueOrDefault(word, word.ToLowerInvariant());
}
