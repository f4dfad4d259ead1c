using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace OwpPool.Benchmarks;

/// <summary>What a long audit log costs those who ask.</summary>
internal static class LogBench
{
    private const int Repeats = 5;

    public static async Task MeasureAsync(string database, int events)
    {
        var filling = Stopwatch.StartNew();
        await EventFiller.FillAsync(database, events);
        var filled = filling.Elapsed;
        await using var server = await BenchServer.StartAsync(database);
        Report.Section($"An audit log of {events:N0} events", "ms", "CPU ms");
        for (var i = 0; i < EventFiller.Repos; i++) await server.AddRepoAsync($"bench/r{i}");
        Report.Line("filled and sealed", filled.TotalSeconds, "s");
        var page = await TimeAsync("page, newest", "/v1/audit/events?limit=100");
        Report.Line("events in all", (double)page["total"]!, "");
        await TimeAsync("page, from the middle by cursor", $"/v1/audit/events?limit=100&cursor=e_{events / 2}");
        await TimeAsync("page, one actor", $"/v1/audit/events?limit=100&actor=w_{0:x24}");
        await TimeAsync("page, one target", $"/v1/audit/events?limit=100&target=t_{104729:x24}");
        var day = DateTime.UtcNow.AddDays(-45).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await TimeAsync("page, one day", $"/v1/audit/events?limit=100&since={day}T00:00:00Z&until={day}T23:59:59Z");
        await TimeAsync("page, one type of one repo, 45 days back", $"/v1/audit/events?limit=100&event_type=task.merged&repo=bench/r3&until={day}T00:00:00Z");
        await TimeAsync("analytics, pool, 90 days", "/v1/analytics/pool?period=last_90_days");
        await TimeAsync("analytics, pool, 7 days", "/v1/analytics/pool?period=last_7_days");
        await TimeAsync("analytics, one repo, 90 days", "/v1/analytics/repositories/bench/r3?period=last_90_days");
        await TimeAsync("verify", "/v1/audit/verify", once: true);
        await ExportAsync(server, "text/csv");
        await ExportAsync(server, "application/x-ndjson");

        async Task<JsonNode> TimeAsync(string name, string path, bool once = false)
        {
            var times = once ? 1 : Repeats;
            var answer = await BenchServer.GetAsync(server.Admin, path);
            var (clock, before) = (Stopwatch.StartNew(), server.CpuMilliseconds);
            for (var i = 0; i < times; i++) await BenchServer.GetAsync(server.Admin, path);
            Report.Row(name, clock.Elapsed.TotalMilliseconds / times, (server.CpuMilliseconds - before) / times);
            return answer;
        }
    }

    private static async Task ExportAsync(BenchServer server, string type)
    {
        var (before, cpu) = (server.PeakBytes, server.CpuMilliseconds);
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/events");
        request.Headers.Accept.ParseAdd(type);
        using var answer = await server.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        long bytes = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0;) bytes += read;
        Report.Row($"export, {type}", clock.Elapsed.TotalMilliseconds, server.CpuMilliseconds - cpu);
        Report.Line("  its size", bytes / 1e6, "MB");
        Report.Line("  growth of the server's peak memory", (server.PeakBytes - before) / 1e6, "MB");
    }
}
