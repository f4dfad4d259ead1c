using Orleans.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Server.Hosting;

/// <summary>Grain state as <see cref="PoolStateJson"/>; Orleans' own JSON loses zeros and nulls (reliability §1.2).</summary>
public sealed class PoolGrainStorageSerializer : IGrainStorageSerializer
{
    /// <inheritdoc />
    public BinaryData Serialize<T>(T? input) => new(PoolStateJson.Serialize(input!));

    /// <inheritdoc />
    public T? Deserialize<T>(BinaryData input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PoolStateJson.Deserialize<T>(input.ToMemory().Span);
    }
}
