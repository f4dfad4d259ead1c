using System.Text;

namespace OwpPool.Cli.Run;

/// <summary>What a child process writes into a pipe.</summary>
/// <remarks>A pipe stays open for as long as any process has it, and a helper that the child left behind, such as the master of an ssh
/// connection, may have it for ever. So wait for the end of the child, not of the pipe. What comes later is read and thrown away: writing
/// into a closed pipe would kill the helper.</remarks>
internal sealed class ChildText
{
    /// <summary>What the child wrote before it ended is in the pipe: this is for reading it, on a machine that is busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private readonly Task _reading;
    private bool _isComplete;

    /// <summary>Begins to read.</summary>
    /// <param name="pipe">Disposed of when it ends.</param>
    public ChildText(StreamReader pipe) => _reading = ReadAsync(pipe);

    /// <summary>All that the child wrote, without white space at its ends. To be called when the child has ended.</summary>
    public async Task<string> CompleteAsync(TimeProvider time, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(_reading, Task.Delay(Patience, time, over.Token));
        ct.ThrowIfCancellationRequested();
        await over.CancelAsync();
        lock (_gate)
        {
            _isComplete = true;
            return _text.ToString().Trim();
        }
    }

    /// <summary>Reads what nobody wants, to the end.</summary>
    public static async Task DrainAsync(Stream pipe)
    {
        await using var disposal = pipe;
        try
        {
            await pipe.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // The other end broke: there is nothing more to read.
        }
    }

    private async Task ReadAsync(StreamReader pipe)
    {
        using var disposal = pipe;
        var characters = new char[4096];
        try
        {
            for (int read; (read = await pipe.ReadAsync(characters)) > 0;)
            {
                lock (_gate)
                {
                    if (!_isComplete) _text.Append(characters, 0, read);
                }
            }
        }
        catch (IOException)
        {
            // As above: what was read until now is what there is.
        }
    }
}
