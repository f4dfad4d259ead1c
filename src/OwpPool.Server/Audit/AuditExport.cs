using OwpPool.Storage;
using OwpPool.Storage.Audit;

namespace OwpPool.Server.Audit;

/// <summary>All events that a filter finds, oldest first, as far as the log goes when the export begins. Never more than a page of them
/// is in memory, and no read of the database outlasts a page: a slow reader of the export holds up nobody.</summary>
public sealed class AuditExport(SqliteStorage storage, AuditFilter filter, AuditFormat format) : IResult
{
    private const int PageEvents = 500;

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellation = httpContext.RequestAborted;
        var last = await storage.Events.LastSeqAsync(cancellation);
        // The first page is read before the answer begins: a failure so far can still be told.
        var page = await ReadAsync(0, cancellation);
        var response = httpContext.Response;
        response.ContentType = format.MediaType;
        response.Headers.ContentDisposition = $"attachment; filename=\"audit-events.{format.FileEnding}\"";
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(httpContext.Request.Method)) return;
        format.Begin(response.BodyWriter);
        while (true)
        {
            foreach (var entry in page.TakeWhile(entry => entry.Seq <= last)) format.Write(response.BodyWriter, entry);
            await response.BodyWriter.FlushAsync(cancellation);
            if (page.Count < PageEvents || page[^1].Seq >= last) return;
            page = await ReadAsync(page[^1].Seq, cancellation);
        }
    }

    private Task<IReadOnlyList<AuditEntry>> ReadAsync(long beyond, CancellationToken cancellation) =>
        storage.Audit.ReadAsync(filter, new AuditPage { Ascending = true, Beyond = beyond, Limit = PageEvents }, cancellation);
}
