using System.Runtime.CompilerServices;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>The audit log, and what it tells of how work flows.</summary>
public sealed partial class PoolClient
{
    /// <summary>A log of a hundred million events is read in this time.</summary>
    private static readonly TimeSpan VerifyWait = TimeSpan.FromMinutes(10);

    /// <summary>Silence that means that an export is stuck.</summary>
    private static readonly TimeSpan ExportPatience = TimeSpan.FromMinutes(2);

    /// <summary>The changes that a query finds.</summary>
    /// <param name="query">Null = all, the newest first.</param>
    /// <param name="pageSize">How many to fetch at once, 1..1000.</param>
    /// <param name="ct">Ends it.</param>
    public async IAsyncEnumerable<AuditEvent> ListAuditAsync(
        AuditQuery? query = null, int pageSize = 200, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var path = (query ?? new AuditQuery()).ToPath().With("limit", pageSize);
        for (string? cursor = null; ;)
        {
            var page = await GetAsync(path.With("cursor", cursor).ToString(), Caller.Admin, PoolJson.Default.AuditPage, ct)
                .ConfigureAwait(false);
            foreach (var item in page.Events) yield return item;
            if (page.NextCursor is null) yield break;
            cursor = page.NextCursor;
        }
    }

    /// <summary>Everything that a query finds, as the server writes it, however much it is.</summary>
    /// <param name="format">How it is written.</param>
    /// <param name="query">Null = all, the newest first.</param>
    /// <param name="ct">Cancels the request.</param>
    /// <returns>To be read to its end and disposed of. It is not taken up again where the connection is lost.</returns>
    public async Task<Stream> ExportAuditAsync(AuditFormat format, AuditQuery? query = null, CancellationToken ct = default)
    {
        var call = PoolCall.Get((query ?? new AuditQuery()).ToPath().ToString(), Caller.Admin);
        var response = await _transport.OpenAsync(call, format is AuditFormat.Csv ? "text/csv" : "application/x-ndjson", null, ct)
            .ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
            return new PatientStream(body, ExportPatience, _transport.Options.TimeProvider);
        }
        using (response) throw await ProblemReader.ReadAsync(response, _transport.Options.TimeProvider, ct).ConfigureAwait(false);
    }

    /// <summary>Looks through the whole audit log for events that were changed, removed, added or moved; a million take seconds.</summary>
    /// <param name="mark">An earlier <see cref="AuditReport.Head"/> that the log must still lead through; null = none.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<AuditReport> VerifyAuditAsync(string? mark = null, CancellationToken ct = default)
    {
        var path = new QueryPath("v1/audit/verify").With("mark", mark).ToString();
        var call = PoolCall.Get(path, Caller.Admin) with { Wait = VerifyWait };
        return (await _transport.SendAsync(call, PoolJson.Default.AuditReport, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>How work has flowed, and what holds it up.</summary>
    /// <param name="repo">A repo; null = the whole pool.</param>
    /// <param name="period">last_7_days, last_30_days or last_90_days; null = the server's default.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task<Analytics> GetAnalyticsAsync(string? repo = null, string? period = null, CancellationToken ct = default)
    {
        var path = repo is null ? "v1/analytics/pool" : $"v1/analytics/repositories/{Uri.EscapeDataString(repo)}";
        return GetAsync(new QueryPath(path).With("period", period).ToString(), Caller.Admin, PoolJson.Default.Analytics, ct);
    }
}
