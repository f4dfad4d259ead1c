using System.Text.Json;
using Orleans.Storage;

namespace Orleans.StandIn.Tests.AdoNet;

internal sealed class TextSerializer : IGrainStorageSerializer
{
    public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input.ToArray());

    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input));
}
