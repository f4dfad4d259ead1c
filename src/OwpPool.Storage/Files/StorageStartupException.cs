namespace OwpPool.Storage;

/// <summary>The database cannot be used as it is found, and nothing was changed in it.</summary>
/// <remarks>The message is one line for an operator and names the file; the server prints it and exits without a stack trace.</remarks>
public sealed class StorageStartupException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One line: what is wrong, with which file, and what to do where that is known.</param>
    /// <param name="innerException">What SQLite or the file system said, for a debug log.</param>
    public StorageStartupException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
