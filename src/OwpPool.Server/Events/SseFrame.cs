using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Server.Events;

/// <summary>Server-sent events as bytes (WHATWG HTML, "Server-sent events"): fields, one a line, and an empty line.</summary>
public static class SseFrame
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    /// <summary>An event with JSON as its data. JSON has no line break outside of an escape, so it is one line.</summary>
    public static byte[] Of<T>(string type, T value, JsonTypeInfo<T> json, ResumePoint? id = null)
    {
        var frame = new ArrayBufferWriter<byte>(512);
        if (id is { } place) Append(frame, $"id: {place}\n");
        // A type is a word of the pool's own; a row that somebody has changed must not be able to forge a frame.
        Append(frame, $"event: {type.ReplaceLineEndings("")}\ndata: ");
        using (var writer = new Utf8JsonWriter(frame, new JsonWriterOptions { Encoder = json.Options.Encoder }))
            JsonSerializer.Serialize(writer, value, json);
        Append(frame, "\n\n");
        return frame.WrittenSpan.ToArray();
    }

    /// <summary>What nobody is shown: that the stream lives, and where it is to be resumed.</summary>
    public static byte[] Comment(string text, ResumePoint? id = null) =>
        Encoding.UTF8.GetBytes(id is { } place ? $": {text}\nid: {place}\n\n" : $": {text}\n\n");

    /// <summary>Whether nobody is shown it.</summary>
    public static bool IsComment(ReadOnlySpan<byte> frame) => frame is [(byte)':', ..];

    /// <summary>How long a client waits before it comes back.</summary>
    public static byte[] Retry(TimeSpan pause) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {(long)pause.TotalMilliseconds}\n\n"));

    private static void Append(ArrayBufferWriter<byte> frame, string text) => Encoding.UTF8.GetBytes(text, frame);
}
