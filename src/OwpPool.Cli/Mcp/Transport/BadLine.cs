using System.Text;
using System.Text.Json;
using ModelContextProtocol;

namespace OwpPool.Cli.Mcp.Transport;

/// <summary>What to answer to a line that is no JSON-RPC message.</summary>
internal static class BadLine
{
    /// <summary>The answer, a line of JSON; null = none, for the line seems to be an answer itself, and answers to answers never end.
    /// </summary>
    public static byte[]? AnswerTo(ReadOnlySpan<byte> line)
    {
        try
        {
            return AnswerToJson(line);
        }
        catch (JsonException)
        {
            return Error(default, McpErrorCode.ParseError, "The line is not JSON: one JSON-RPC message is one line of UTF-8 JSON.");
        }
    }

    /// <summary>The answer to a line whose content is not known.</summary>
    public static byte[] AnswerToLongLine(int maxLength) => Error(default, McpErrorCode.InvalidRequest,
        $"The line is longer than {maxLength} bytes and was not read. Send less at once: no argument of any tool needs as much.");

    private static byte[]? AnswerToJson(ReadOnlySpan<byte> line)
    {
        // So deep that finding the id does not fail by what made the message fail.
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = int.MaxValue });
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            var isList = reader.TokenType is JsonTokenType.StartArray;
            reader.Skip();
            reader.Read();
            return Error(default, McpErrorCode.InvalidRequest,
                isList ? "MCP knows no batches: send one message a line." : "A JSON-RPC message is a JSON object.");
        }
        JsonElement id = default;
        bool hasMethod = false, isAnswer = false;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8);
            hasMethod |= reader.ValueTextEquals("method"u8);
            isAnswer |= reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8);
            reader.Read();
            if (isId && reader.TokenType is JsonTokenType.String or JsonTokenType.Number) id = JsonElement.ParseValue(ref reader);
            else reader.Skip();
        }
        // What follows the object is not JSON either: the reader throws.
        reader.Read();
        if (isAnswer && !hasMethod) return null;
        return Error(id, McpErrorCode.InvalidRequest,
            "The message is no JSON-RPC 2.0 request: it needs \"jsonrpc\":\"2.0\", a \"method\" that is a string and an \"id\" that is a "
            + "string or an integer, nested no deeper than 64.");
    }

    private static byte[] Error(JsonElement id, McpErrorCode code, string message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            writer.WritePropertyName("id");
            if (id.ValueKind is JsonValueKind.Undefined) writer.WriteNullValue();
            else writer.WriteRawValue(Encoding.UTF8.GetBytes(id.GetRawText()));
            writer.WriteStartObject("error");
            writer.WriteNumber("code", (int)code);
            writer.WriteString("message", message);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
