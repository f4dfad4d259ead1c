namespace Orleans;

/// <summary>What a storage provider reads into and writes from.</summary>
public interface IGrainState<T>
{
    string? ETag { get; set; }

    bool RecordExists { get; set; }

    T? State { get; set; }
}
