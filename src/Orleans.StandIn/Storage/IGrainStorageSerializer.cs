namespace Orleans.Storage;

/// <summary>Turns state into the bytes that are stored.</summary>
public interface IGrainStorageSerializer
{
    T? Deserialize<T>(BinaryData input);

    BinaryData Serialize<T>(T? input);
}
