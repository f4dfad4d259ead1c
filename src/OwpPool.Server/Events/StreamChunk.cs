namespace OwpPool.Server.Events;

/// <summary>What goes out to one client together.</summary>
/// <param name="Frames">Each one event, or a few, in the form of <see cref="SseFrame"/>; may be none.</param>
/// <param name="Place">The id after which a client that has these resumes, which may be higher than that of the last frame; null = the
/// stream has no ids.</param>
public readonly record struct StreamChunk(IReadOnlyList<ReadOnlyMemory<byte>> Frames, ResumePoint? Place = null)
{
    /// <summary>A single frame.</summary>
    public StreamChunk(ReadOnlyMemory<byte> frame, ResumePoint? place = null) : this([frame], place)
    {
    }
}
