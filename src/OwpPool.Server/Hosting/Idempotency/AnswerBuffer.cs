namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>Keeps an answer in memory, whether its caller is still there or not: an effect that took place must be remembered with what it
/// answered, above all when the caller did not hear it.</summary>
internal sealed class AnswerBuffer : MemoryStream
{
    /// <inheritdoc />
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        base.WriteAsync(buffer, offset, count, CancellationToken.None);

    /// <inheritdoc />
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.WriteAsync(buffer, CancellationToken.None);

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
