using System.Text.Json;
using System.Text.Json.Serialization;
using OwpPool.Core.Shared;
using OwpPool.Core.Text;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Instants as the contract writes them: <see cref="Instants.Format"/>.</summary>
public sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc />
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Rfc3339.TryParse(reader.GetString() ?? "", out var instant) ? instant : throw new JsonException("Not an instant of RFC 3339.");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out var length, Instants.Format, System.Globalization.CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
