using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OwpPool.Client.Transport;

/// <summary>One event of a stream.</summary>
/// <param name="EventType">Its type.</param>
/// <param name="Data">Its JSON.</param>
internal readonly record struct StreamBlock(string EventType, byte[] Data)
{
    /// <exception cref="HttpRequestException">It is not what the protocol says.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Data, type) ?? throw new JsonException("The event is null.");
        }
        catch (JsonException failure)
        {
            throw new HttpRequestException(
                HttpRequestError.InvalidResponse, $"An event of the type '{EventType}' is not what OWP v0.1 says.", failure);
        }
    }
}
