using Microsoft.Extensions.Logging.Console;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The log: structured, on stderr. Stdout belongs to what a person is told at the start.</summary>
public static class LogSetup
{
    /// <summary>Adds the log with its level and form.</summary>
    public static void AddPoolLog(this ILoggingBuilder logging, LogOptions options, StartupSilence silence)
    {
        logging.SetMinimumLevel(LevelOf(options.Level));
        // The frameworks below tell of each request and grain at Information.
        logging.AddFilter("Microsoft", LevelOf(options.Level) > LogLevel.Warning ? LevelOf(options.Level) : LogLevel.Warning);
        logging.AddFilter("Orleans", LevelOf(options.Level) > LogLevel.Warning ? LevelOf(options.Level) : LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => silence.Allows(level));
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => silence.Allows(level));
        logging.AddFilter("Orleans.Runtime.Silo", level => silence.Allows(level));
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var json = options.Format == "json" || (options.Format == "auto" && Console.IsErrorRedirected);
        if (json)
        {
            logging.AddJsonConsole(static form =>
            {
                form.UseUtcTimestamp = true;
                form.TimestampFormat = Core.Shared.Instants.Format.Replace("Z", "'Z'", StringComparison.Ordinal);
                form.IncludeScopes = false;
            });
            return;
        }
        logging.AddSimpleConsole(static form =>
        {
            form.SingleLine = true;
            form.UseUtcTimestamp = true;
            form.TimestampFormat = "HH:mm:ss.fff ";
            form.ColorBehavior = LoggerColorBehavior.Default;
        });
    }

    private static LogLevel LevelOf(string word) => word switch
    {
        "info" => LogLevel.Information,
        _ => Enum.Parse<LogLevel>(word, ignoreCase: true),
    };
}

/// <summary>While the host starts, the frameworks log a failed start with its whole stack before anybody can say it in one clear line.
/// Until the start is over they are held to nothing; the one who started the host gets the exception and reports it.</summary>
public sealed class StartupSilence
{
    private volatile bool _over;

    /// <summary>The start succeeded.</summary>
    public void End() => _over = true;

    /// <summary>Whether the frameworks may log at the level.</summary>
    public bool Allows(LogLevel level) => _over && level >= LogLevel.Warning;
}
