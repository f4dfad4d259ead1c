using System.Globalization;
using OwpPool.Benchmarks;

// Measures the built server over HTTP, on this machine, in one run: absolute figures depend on the disk and on what else runs, so each
// stands beside the disk's own fsync rate or the server's own ping. Arguments: the parts to run, 'load', 'poll', 'scale' and 'log' (default all),
// then seconds a phase (default 5), connections (64), tasks of the longest backlog and events of the log (1,000,000), and starts (7).
var parts = args.TakeWhile(arg => !char.IsAsciiDigit(arg[0])).ToArray();
if (parts.Length == 0) parts = ["load", "poll", "scale", "log"];
var numbers = args.Skip(args.TakeWhile(arg => !char.IsAsciiDigit(arg[0])).Count()).Select(arg => double.Parse(arg, CultureInfo.InvariantCulture)).ToArray();
var phase = TimeSpan.FromSeconds(numbers.ElementAtOrDefault(0) is > 0 and var seconds ? seconds : 5);
var connections = numbers.ElementAtOrDefault(1) is > 0 and var many ? (int)many : 64;
var most = numbers.ElementAtOrDefault(2) is > 0 and var tasks ? (int)tasks : 1_000_000;
var starts = numbers.ElementAtOrDefault(3) is > 0 and var times ? (int)times : 7;

var folder = Directory.CreateTempSubdirectory("owp-bench-").FullName;
try
{
    foreach (var part in parts)
    {
        if (part == "load") await LoadAsync();
        else if (part == "poll") await PollAsync();
        else if (part == "scale") await ScaleAsync();
        else if (part == "log") await LogBench.MeasureAsync(Path.Combine(folder, "log.db"), most);
        else throw new ArgumentException($"'{part}' is none of load, poll, scale, log.");
    }
    Console.WriteLine();
    Report.Line("load average of the machine, the last minute", LoadAverage(), "");
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task LoadAsync()
{
    var fsyncs = Fsync.RatePerSecond(folder, phase);
    var empties = new List<(double Seconds, double Bytes)>();
    for (var i = 1; i < starts; i++)
    {
        await using var empty = await BenchServer.StartAsync(Path.Combine(folder, $"empty{i}.db"));
        await NoteAsync(empty);
    }
    await using var server = await BenchServer.StartAsync(Path.Combine(folder, "load.db"));
    await NoteAsync(server);
    using var pool = await BenchPool.CreateAsync(server, connections);
    Report.Section("Load", "per second", "p50 ms", "p99 ms", "writes/s", "batch");
    Report.Row("disk: write 4 KiB + fsync", fsyncs);
    var ping = await pool.MeasureAsync($"GET /v1, {connections} connections", connections, phase, pool.PingAsync);
    var heartbeat = await pool.MeasureAsync($"heartbeat, {connections} connections", connections, phase, pool.HeartbeatAsync);
    var creates = await pool.MeasureAsync($"create, {connections} connections", connections, phase, pool.CreateAsync);
    var one = await pool.MeasureAsync("task update, 1 connection", 1, phase, pool.UpdateAsync);
    var update = await pool.MeasureAsync($"task update, {connections} connections", connections, phase, pool.UpdateAsync);
    await pool.ReturnAllAsync();
    var lives = await pool.MeasureAsync($"whole task lives, {connections} workers", connections, phase, pool.LiveAsync);
    Report.Line("heartbeat / ping", 100 * heartbeat.PerSecond / ping.PerSecond, "%");
    Report.Line($"writes a second, {connections} / 1", update.WritesPerSecond / one.WritesPerSecond, "x");
    Report.Line("writes a second / fsync rate", update.WritesPerSecond / fsyncs, "x");
    Report.Line("writes a life", lives.WritesPerSecond / lives.PerSecond, "");
    Report.Line("server CPU a life", lives.CpuMilliseconds / lives.Count, "ms");
    Report.Line("server CPU a create", creates.CpuMilliseconds / creates.Count, "ms");
    Report.Line($"ready after the start, median of {starts}", 1_000 * Report.At([.. empties.Select(empty => empty.Seconds).Order()], 0.5), "ms");
    Report.Line("memory of an empty server, median", Report.At([.. empties.Select(empty => empty.Bytes).Order()], 0.5) / 1e6, "MB");

    async Task NoteAsync(BenchServer empty) => empties.Add((empty.ReadyAfter.TotalSeconds, (await empty.CountersAsync()).ResidentBytes));
}

async Task PollAsync()
{
    const int Waiters = 500;
    await using var server = await BenchServer.StartAsync(Path.Combine(folder, "poll.db"));
    await using var poll = await PollBench.StartAsync(server, Waiters);
    Report.Section($"Create to lease, {Waiters} long polls waiting", "per second", "p50 ms", "p99 ms", "most ms", "claims");
    await poll.OneAtATimeAsync(phase);
    await poll.AtARateAsync(50, phase);
    await poll.AtARateAsync(200, phase);
}

async Task ScaleAsync()
{
    const int Workers = 1_000;
    Report.Section("A long backlog, claims one at a time", "ready s", "MB", "p50 ms", "p99 ms");
    var few = await ScaleBench.MeasureAsync(Path.Combine(folder, "few.db"), Math.Min(1_000, most), 200, phase);
    var half = await ScaleBench.MeasureAsync(Path.Combine(folder, "half.db"), most / 10, Workers, phase, async (server, workers) =>
    {
        Report.Section($"Claims of {Workers:N0} workers, {most / 10:N0} ready tasks", "per second", "p50 ms", "p99 ms", "writes", "CPU ms");
        await ScaleBench.LoadAsync(server, workers, connections, phase);
        Report.Section("A long backlog, claims one at a time", "ready s", "MB", "p50 ms", "p99 ms");
    });
    var all = await ScaleBench.MeasureAsync(Path.Combine(folder, "all.db"), most, 200, phase);
    Report.Line($"claim, {most / 10:N0} / 1,000 ready tasks", half.ClaimP50 / few.ClaimP50, "x");
    Report.Line($"claim, {most:N0} / 1,000 ready tasks", all.ClaimP50 / few.ClaimP50, "x");
    Report.Line("memory of a ready task", (all.ResidentBytes - few.ResidentBytes) / (double)(most - 1_000), "bytes");
}

static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
