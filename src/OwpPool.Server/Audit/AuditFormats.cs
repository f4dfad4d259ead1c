using System.Buffers;
using System.Text;
using System.Text.Json;
using OwpPool.Server.Hosting;
using OwpPool.Storage.Audit;

namespace OwpPool.Server.Audit;

/// <summary>A form in which the audit log is exported, one event a line.</summary>
public abstract class AuditFormat
{
    private static readonly AuditFormat Csv = new CsvFormat();
    private static readonly AuditFormat Lines = new NdjsonFormat();

    /// <summary>Its media type.</summary>
    public abstract string MediaType { get; }

    /// <summary>The ending of a file of it.</summary>
    public abstract string FileEnding { get; }

    /// <summary>Writes what stands before the first event.</summary>
    public abstract void Begin(IBufferWriter<byte> output);

    /// <summary>Writes an event.</summary>
    public abstract void Write(IBufferWriter<byte> output, AuditEntry entry);

    /// <summary>The form that the caller likes best; null = the page of JSON that everybody gets who does not say otherwise.</summary>
    public static AuditFormat? Preferred(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept.Where(static type => type.Quality is not 0);
        // The order of equals is kept: the first that is named wins.
        foreach (var type in accepted.OrderByDescending(static type => type.Quality ?? 1))
        {
            switch (type.MediaType.Value?.ToLowerInvariant())
            {
                case "text/csv": return Csv;
                case "application/x-ndjson" or "application/ndjson": return Lines;
                case "application/json" or "application/*" or "*/*": return null;
            }
        }
        return null;
    }

    /// <summary>RFC 4180, with a heading. A cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    private sealed class CsvFormat : AuditFormat
    {
        private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

        public override string MediaType => "text/csv; charset=utf-8; header=present";

        public override string FileEnding => "csv";

        public override void Begin(IBufferWriter<byte> output) => output.Write("id,timestamp,event_type,actor,target,repo,details\r\n"u8);

        public override void Write(IBufferWriter<byte> output, AuditEntry entry)
        {
            Cell(output, AuditEventWire.IdOf(entry.Seq), ","u8);
            Cell(output, entry.At, ","u8);
            Cell(output, entry.Type, ","u8);
            Cell(output, entry.Actor, ","u8);
            Cell(output, entry.Target, ","u8);
            Cell(output, entry.Repo ?? "", ","u8);
            Cell(output, entry.Details, "\r\n"u8);
        }

        private static void Cell(IBufferWriter<byte> output, string text, ReadOnlySpan<byte> end)
        {
            var formula = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
            var quoted = text.AsSpan().IndexOfAny(Quoted) >= 0;
            if (quoted) output.Write("\""u8);
            if (formula) output.Write("'"u8);
            Encoding.UTF8.GetBytes(quoted ? text.Replace("\"", "\"\"", StringComparison.Ordinal) : text, output);
            if (quoted) output.Write("\""u8);
            output.Write(end);
        }
    }

    /// <summary>One JSON object a line, the same as in a page.</summary>
    private sealed class NdjsonFormat : AuditFormat
    {
        public override string MediaType => "application/x-ndjson";

        public override string FileEnding => "ndjson";

        public override void Begin(IBufferWriter<byte> output)
        {
            // Nothing stands before the first object.
        }

        public override void Write(IBufferWriter<byte> output, AuditEntry entry)
        {
            output.Write(JsonSerializer.SerializeToUtf8Bytes(AuditEventWire.Of(entry), Wire.Json.AuditEventWire));
            output.Write("\n"u8);
        }
    }
}
