using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Reads a request body as one JSON object (protocol §1). Strict: UTF-8 only, no comments, no trailing commas, nothing after the
/// object, no field twice, at most 32 levels deep. Unknown fields are ignored.</summary>
public static class JsonBody
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 32;

    private static readonly ReadOnlyMemory<byte> NoFields = "{}"u8.ToArray();

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = MaxDepth,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads the body and its fields.</summary>
    /// <typeparam name="T">The request that <paramref name="read"/> makes of the fields.</typeparam>
    /// <param name="request">The request; its size limit is the server's.</param>
    /// <param name="read">Reads the fields; its result counts only if no fault was noted.</param>
    /// <param name="mayBeEmpty">Whether no body at all is taken for an object without fields.</param>
    /// <returns>The request, or the problem to answer with.</returns>
    /// <exception cref="BadHttpRequestException">The body is too large, too slow or broken off.</exception>
    public static async ValueTask<JsonBody<T>> ReadAsync<T>(
        HttpRequest request, Func<JsonFields, T> read, bool mayBeEmpty = false) where T : class
    {
        if (WhyNotReadable(request) is { } problem) return new JsonBody<T>(problem);
        var reader = request.BodyReader;
        ReadResult result;
        while (!(result = await reader.ReadAsync(request.HttpContext.RequestAborted)).IsCompleted)
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        var length = checked((int)result.Buffer.Length);
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            result.Buffer.CopyTo(bytes);
            reader.AdvanceTo(result.Buffer.End);
            return length == 0 && mayBeEmpty ? Parse(NoFields, read) : Parse(bytes.AsMemory(0, length), read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Reads the fields of a body that is in memory.</summary>
    public static JsonBody<T> Parse<T>(ReadOnlyMemory<byte> body, Func<JsonFields, T> read) where T : class
    {
        if (body.IsEmpty) return Bad<T>("must be a JSON object, not empty");
        if (!Utf8.IsValid(body.Span)) return Bad<T>("must be UTF-8");
        try
        {
            if (HasLoneSurrogate(body.Span)) return Bad<T>("must not contain half a surrogate pair");
            using var document = JsonDocument.Parse(body, Strict);
            if (document.RootElement.ValueKind is not JsonValueKind.Object) return Bad<T>("must be a JSON object");
            var errors = new FieldErrors();
            var value = read(new JsonFields(document.RootElement, errors));
            return errors.IsEmpty ? new JsonBody<T>(value) : new JsonBody<T>(errors.ToProblem());
        }
        catch (JsonException fault)
        {
            return Bad<T>(Describe(fault));
        }
    }

    private static JsonBody<T> Bad<T>(string message) where T : class => new(Problem.Invalid("body", message));

    private static string Describe(JsonException fault) =>
        $"must be one well-formed JSON object without repeated fields, at most {MaxDepth} levels deep" +
        (fault.LineNumber is { } line && fault.BytePositionInLine is { } at ? $" (line {line + 1}, byte {at + 1})" : "");

    private static Problem? WhyNotReadable(HttpRequest request) =>
        BodyType.WhyNotReadable(request, static media => BodyType.IsJson(media) || BodyType.IsForm(media), "Only JSON is read.") is { } message
            ? new Problem { Kind = ProblemKind.UnsupportedMediaType, Message = message }
            : null;

    /// <summary>An escaped half of a surrogate pair is well-formed JSON and no text: it could be neither stored nor sent back.</summary>
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\ud"u8) < 0 && body.IndexOf("\\uD"u8) < 0) return false;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>A body that was read: a request, or the problem to answer with.</summary>
/// <typeparam name="T">The request.</typeparam>
public readonly struct JsonBody<T> where T : class
{
    internal JsonBody(T value) => Value = value;

    internal JsonBody(Problem problem) => Problem = problem;

    /// <summary>The request; null if there is a problem.</summary>
    public T? Value { get; }

    /// <summary>What to answer with; null if there is none.</summary>
    public Problem? Problem { get; }
}
