using System.Text.Json.Nodes;
using System.Text.Json;
using OwpPool.Server.Hosting.Json;
namespace OwpPool.Server.Tasks.Files;

/// <summary>Reads a task file in JSON: a list of objects, or an object with a list called tasks.</summary>
internal static class JsonTasks
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = JsonBody.MaxDepth };

    /// <param name="json">The file.</param>
    /// <param name="maxTasks">A longer list is read no further.</param>
    /// <param name="faults">Receives what is wrong.</param>
    public static IReadOnlyList<ImportEntry> Read(ReadOnlySpan<byte> json, int maxTasks, ImportFaults faults)
    {
        var lines = new LineCounter();
        var reader = new Utf8JsonReader(json, Strict);
        try
        {
            return FindList(ref reader) ? ReadEntries(json, ref reader, lines, maxTasks, faults) : NoList(faults);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON, or text that is half a surrogate pair, or a field that is there twice: the reader stands at it.
            faults.Add(fault is JsonException { LineNumber: { } at } ? (int)at + 1 : lines.At(json, reader.TokenStartIndex),
                "is not well-formed JSON without repeated fields");
            return [];
        }
    }

    private static ImportEntry[] NoList(ImportFaults faults)
    {
        faults.Add(0, "must be a list of tasks");
        return [];
    }

    /// <summary>Goes to the beginning of the list.</summary>
    private static bool FindList(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.StartArray) return true;
        if (reader.TokenType is not JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isTasks = reader.ValueTextEquals("tasks"u8);
            reader.Read();
            if (isTasks) return reader.TokenType is JsonTokenType.StartArray;
            reader.Skip();
        }
        return false;
    }

    private static List<ImportEntry> ReadEntries(
        ReadOnlySpan<byte> json, ref Utf8JsonReader reader, LineCounter lines, int maxTasks, ImportFaults faults)
    {
        var (entries, count) = (new List<ImportEntry>(), 0);
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            var line = lines.At(json, reader.TokenStartIndex);
            if (count++ == maxTasks)
            {
                faults.Add(line, YamlTasks.TooManyTasks(maxTasks));
                return [];
            }
            if (reader.TokenType is JsonTokenType.StartObject) entries.Add(ReadEntry(json, ref reader, line, lines));
            else
            {
                faults.Add(line, "a task is an object");
                reader.Skip();
            }
        }
        // To the end: what follows the list must be JSON too.
        while (reader.Read()) continue;
        return entries;
    }

    private static ImportEntry ReadEntry(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, int line, LineCounter lines)
    {
        var (fields, places) = (new JsonObject(), new Dictionary<string, int>(StringComparer.Ordinal));
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            places.Add(name, lines.At(json, reader.TokenStartIndex));
            reader.Read();
            ReadTexts(reader);
            fields.Add(name, JsonNode.Parse(ref reader));
        }
        return new ImportEntry(line, fields, places);
    }

    /// <summary>Half a surrogate pair is well-formed JSON and no text; a copy of the reader looks, the reader stays.</summary>
    private static void ReadTexts(Utf8JsonReader value)
    {
        var depth = value.CurrentDepth;
        do
        {
            if (value.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) _ = value.GetString();
        }
        while ((value.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject || value.CurrentDepth > depth) && value.Read());
    }

    /// <summary>Tells lines of places that are asked for in order.</summary>
    private sealed class LineCounter
    {
        private int _line = 1;
        private int _counted;

        public int At(ReadOnlySpan<byte> json, long place)
        {
            _line += json[_counted..(int)place].Count((byte)'\n');
            _counted = (int)place;
            return _line;
        }
    }
}
