using System.ComponentModel.DataAnnotations;
using OwpPool.Core.GitHub;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>The HTTP server: <c>OwpPool:Server</c> in the configuration, <c>OwpPool__Server__…</c> in the environment.</summary>
public sealed class ServerOptions
{
    /// <summary>Address to listen on; also <c>OWP_HOST</c>. An IP address, <c>localhost</c>, or <c>*</c> for all.</summary>
    /// <value>Default 127.0.0.1: nobody else, until somebody decides so.</value>
    [Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Port to listen on; also <c>OWP_PORT</c>.</summary>
    /// <value>Default 8787; 0 = any free one, which the start prints.</value>
    [Range(0, 65_535)]
    public int Port { get; set; } = 8787;

    /// <summary>Largest request body, in bytes.</summary>
    /// <value>Default 262,144 (256 KiB); 1,024 to 16,777,216. Four times the largest task description.</value>
    [Range(1_024, 16_777_216)]
    public int MaxBodyBytes { get; set; } = 262_144;

    /// <summary>Connections at once; more are closed. A waiting long poll holds one.</summary>
    /// <value>Default 10,000; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Connections at once from one remote address, an IPv6 network of 64 bits being one; more are closed. Trusted proxies have
    /// no such limit.</summary>
    /// <value>Default 2,000: a large team behind one address. 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 2_000;

    /// <summary>How long a new connection may be open before its first byte, in seconds; then it is closed.</summary>
    /// <value>Default 10; 1 to 130. Browsers open some connections that they may need.</value>
    [Range(1, 130)]
    public int FirstByteSeconds { get; set; } = 10;

    /// <summary>Names under which the server may be asked (<c>Host</c>), separated by commas, besides the names of this machine and the
    /// host of <see cref="PublicUrl"/>; <c>*</c> = any.</summary>
    /// <value>Default none: no other name where the server listens on loopback only, any name where it listens beyond.</value>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Origins whose pages and plugins may call the API from a browser, separated by commas, such as
    /// <c>https://ide.example.com</c>.</summary>
    /// <value>Default none: a browser lets no page of another origin call.</value>
    public string CorsOrigins { get; set; } = "";

    /// <summary>Proxies whose <c>X-Forwarded-For</c> is believed: addresses or networks, separated by commas.</summary>
    /// <value>Default none: the address of the connection counts.</value>
    public string TrustedProxies { get; set; } = "";

    /// <summary>The address under which others reach this server, for the addresses that it tells them.</summary>
    /// <value>Default none: as the request at hand names it.</value>
    public string PublicUrl { get; set; } = "";

    /// <summary>What an answer without new work says about when to ask again, in seconds.</summary>
    /// <value>Default 5; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int RetryAfterSeconds { get; set; } = 5;

    /// <summary>How long the server goes on serving after it was told to stop, with <c>/readyz</c> at 503, so that a balancer can turn
    /// away from it, in seconds.</summary>
    /// <value>Default 0; 0 to 60.</value>
    [Range(0, 60)]
    public int DrainSeconds { get; set; }

    /// <summary>How long calls under way may take to finish when the server stops, in seconds.</summary>
    /// <value>Default 8; 1 to 300.</value>
    [Range(1, 300)]
    public int StopSeconds { get; set; } = 8;

    /// <summary>Whether <c>/metrics</c> is open to everybody who reaches the port.</summary>
    /// <value>Default false: it takes the metrics token or the admin token.</value>
    public bool OpenMetrics { get; set; }

    /// <summary>The token that opens <c>/metrics</c>, and nothing else, as <c>Authorization: Bearer</c>; also <c>OWP_METRICS_TOKEN</c>.
    /// </summary>
    /// <value>Default none; outside Development at least 24 characters that are not easily guessed.</value>
    public string? MetricsToken { get; set; }
}

/// <summary>The admin: <c>OwpPool:Admin</c>.</summary>
public sealed class AdminOptions
{
    /// <summary>The admin token; also <c>OWP_ADMIN_TOKEN</c>. Unset: made at the first start, printed once, its hash kept beside the
    /// database.</summary>
    public string? Token { get; set; }
}

/// <summary>The log: <c>OwpPool:Log</c>.</summary>
public sealed class LogOptions
{
    /// <summary>Least level of the pool's own lines; the frameworks log from warning up. Also <c>LOG_LEVEL</c>.</summary>
    /// <value>Default info; trace, debug, info, warning, error, critical or none.</value>
    [AllowedValues("trace", "debug", "info", "warning", "error", "critical", "none")]
    public string Level { get; set; } = "info";

    /// <summary>Form of the log on stderr; also <c>LOG_FORMAT</c>.</summary>
    /// <value>Default auto: text on a terminal, else json.</value>
    [AllowedValues("auto", "text", "json")]
    public string Format { get; set; } = "auto";

    /// <summary>Whether programs read what the server says, and not a person.</summary>
    internal bool IsJson => Format == "json" || (Format == "auto" && Console.IsErrorRedirected);
}

/// <summary>Artifacts that workers report: <c>OwpPool:Artifacts</c>.</summary>
public sealed class ArtifactOptions
{
    /// <summary>Hosts of pull requests besides github.com, gitlab.com, bitbucket.org and codeberg.org, separated by commas, each with its kind:
    /// <c>git.acme.com=gitlab</c>, and its port where that is not 443: <c>git.acme.com:3000=gitea</c>. Kinds are github, gitlab, bitbucket and gitea; without one it is github.</summary>
    /// <value>Default none.</value>
    public string Hosts { get; set; } = "";

    /// <summary>The same as the rules take it; only where the setting is good.</summary>
    public Forges ToForges() => new(Forges.TryParse(Hosts)!);
}

/// <summary>The database: <c>OwpPool:Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>The database file; also <c>OWP_DB_PATH</c>. Its folder is made if it is missing.</summary>
    /// <value>Default ./var/pool.db.</value>
    [Required]
    public string Path { get; set; } = "./var/pool.db";

    /// <summary>How long a statement waits for another process that holds SQLite's lock, in milliseconds.</summary>
    /// <value>Default 5,000; 0 to 60,000.</value>
    [Range(0, 60_000)]
    public int BusyTimeoutMilliseconds { get; set; } = 5_000;

    /// <summary>Reads at once.</summary>
    /// <value>Default 4; 1 to 64.</value>
    [Range(1, 64)]
    public int MaxReaders { get; set; } = 4;

    /// <summary>How long the start may take to look whether the pages of the database fit together, in seconds.</summary>
    /// <value>Default 1; 0 to 3,600, 0 = not at all.</value>
    [Range(0, 3_600)]
    public int CheckSeconds { get; set; } = 1;

    /// <summary>Writes that share one commit at most.</summary>
    /// <value>Default 256; 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int MaxBatch { get; set; } = 256;
}
