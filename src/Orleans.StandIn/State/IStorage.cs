namespace Orleans.Core;

/// <summary>Moves a grain's state between memory and storage. Operations of one state never overlap: they queue in call order.</summary>
public interface IStorage
{
    /// <summary>The stored version this memory stems from; null when nothing was ever stored.</summary>
    string? Etag { get; }

    /// <summary>Whether storage holds a value.</summary>
    /// <exception cref="InvalidOperationException">Nothing was read yet.</exception>
    bool RecordExists { get; }

    Task ClearStateAsync();

    Task ClearStateAsync(CancellationToken cancellationToken);

    Task ReadStateAsync();

    Task ReadStateAsync(CancellationToken cancellationToken);

    /// <exception cref="Storage.InconsistentStateException">Somebody else stored a newer version; left to escape, it ends the
    /// activation.</exception>
    Task WriteStateAsync();

    Task WriteStateAsync(CancellationToken cancellationToken);
}
