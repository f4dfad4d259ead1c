using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using Orleans.Runtime;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>Writes each event of the log as one line, text or JSON, with the time in UTC and the trace of the request that it belongs to.
/// </summary>
public sealed class PoolLogFormatter(IOptions<PoolLogFormat> format, TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>Its name among the console's formatters.</summary>
    public const string FormatterName = "owp";

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc />
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        ArgumentNullException.ThrowIfNull(textWriter);
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var line = format.Value.IsJson ? JsonOf(logEntry, message) : TextOf(logEntry, message);
        textWriter.WriteLine(line);
    }

    private string TextOf<TState>(in LogEntry<TState> entry, string message)
    {
        var text = new StringBuilder(200);
        text.Append(Instants.Text(clock.GetUtcNow())).Append(' ').Append(WordOf(entry.LogLevel)).Append(' ')
            .Append(entry.Category).Append('[').Append(entry.EventId.Id.ToString(CultureInfo.InvariantCulture)).Append("] ");
        Escape(text, message);
        if (Trace() is { } trace) text.Append(" trace=").Append(trace);
        if (entry.Exception is { } exception) Escape(text.Append(" exception="), exception.ToString());
        return text.ToString();
    }

    private string JsonOf<TState>(in LogEntry<TState> entry, string message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", Instants.Text(clock.GetUtcNow()));
            json.WriteNumber("EventId", entry.EventId.Id);
            json.WriteString("LogLevel", entry.LogLevel.ToString());
            json.WriteString("Category", entry.Category);
            json.WriteString("Message", message);
            if (Trace() is { } trace) json.WriteString("TraceId", trace);
            if (entry.Exception is { } exception) json.WriteString("Exception", exception.ToString());
            WriteState(json, entry.State as IReadOnlyList<KeyValuePair<string, object?>>);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteState(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? state)
    {
        if (state is null) return;
        json.WriteStartObject("State");
        foreach (var (name, value) in state)
        {
            // The template, which every line of the kind has.
            if (name != "{OriginalFormat}") json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        json.WriteEndObject();
    }

    /// <summary>In a request its activity; in a grain that works for one, what the request left for it.</summary>
    private static string? Trace() => Activity.Current?.TraceId.ToString() ?? RequestTrace.Current;

    /// <summary>Nothing that somebody sends begins a line of its own, or steers the terminal.</summary>
    private static void Escape(StringBuilder text, string value)
    {
        foreach (var character in value)
        {
            if (character == '\n') text.Append("\\n");
            else if (char.IsControl(character) || character is '\u2028' or '\u2029')
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else text.Append(character);
        }
    }

    private static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "crit",
    };
}

/// <summary>How the log is written.</summary>
public sealed class PoolLogFormat : ConsoleFormatterOptions
{
    /// <summary>A JSON object a line; else text.</summary>
    public bool IsJson { get; set; }
}

/// <summary>The trace id of a request, for what grains log on its behalf.</summary>
public static class RequestTrace
{
    private const string Key = "owp.trace";

    /// <summary>The one of the request that this call works for; null outside of requests.</summary>
    public static string? Current => RequestContext.Get(Key) as string;

    /// <summary>Gives it to all grains that the request calls.</summary>
    public static void Begin(string traceId) => RequestContext.Set(Key, traceId);

    /// <summary>What an answer calls its request, and the log too.</summary>
    public static string Of(HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
}
