using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Server.Hosting;

/// <summary>An answer in JSON, with its length: made whole before the first byte is sent, so that no failure can cut it in half.</summary>
/// <typeparam name="T">The wire record.</typeparam>
public sealed class WireResult<T>(T value, JsonTypeInfo<T> type, int status) : IResult
{
    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }
}

/// <summary>Makes answers.</summary>
public static class Wire
{
    /// <summary>The form that is sent: text as it is, where the default would escape every quote and every letter beyond ASCII for the sake
    /// of pages that embed JSON. Ours never do.</summary>
    public static WireJson Json { get; } =
        new(new JsonSerializerOptions(WireJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>A 200.</summary>
    public static IResult Ok<T>(T value, JsonTypeInfo<T> type) => new WireResult<T>(value, type, StatusCodes.Status200OK);

    /// <summary>A 201.</summary>
    public static IResult Created<T>(T value, JsonTypeInfo<T> type) => new WireResult<T>(value, type, StatusCodes.Status201Created);
}
