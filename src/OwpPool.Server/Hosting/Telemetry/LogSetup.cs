using Microsoft.Extensions.DependencyInjection.Extensions;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The log: structured, on stderr. Stdout is for the lines that tell a person where the server listens.</summary>
public static class LogSetup
{
    /// <summary>The frameworks log a failed start here, each with the whole stack.</summary>
    private static readonly string[] StartCategories =
        ["Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", "Orleans.Runtime.Silo"];

    /// <summary>Adds the log with its level and form. The level is that of the pool's own lines; everything below it, Orleans, Polly and
    /// ASP.NET Core, logs from Warning up at every level, for it reports each request, placement and message below that.</summary>
    public static void AddPoolLog(this ILoggingBuilder logging, LogOptions options, StartupSilence silence)
    {
        var own = LevelOf(options.Level);
        var others = own > LogLevel.Warning ? own : LogLevel.Warning;
        logging.SetMinimumLevel(others);
        logging.AddFilter("OwpPool", own);
        foreach (var category in StartCategories) logging.AddFilter(category, level => silence.IsOver && level >= others);
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsole(static console =>
            (console.LogToStandardErrorThreshold, console.FormatterName) = (LogLevel.Trace, PoolLogFormatter.FormatterName));
        logging.AddConsoleFormatter<PoolLogFormatter, PoolLogFormat>(form => form.IsJson = options.IsJson);
    }

    private static LogLevel LevelOf(string word) => word switch
    {
        "info" => LogLevel.Information,
        _ => Enum.Parse<LogLevel>(word, ignoreCase: true),
    };
}

/// <summary>While the host starts, the frameworks log a failed start with its whole stack before anybody can say it in one clear line.
/// Until the start is over they log nothing; the code that started the host gets the exception and reports it.</summary>
public sealed class StartupSilence
{
    private volatile bool _over;

    /// <summary>Whether the frameworks may log.</summary>
    public bool IsOver => _over;

    /// <summary>The start succeeded.</summary>
    public void End() => _over = true;
}
