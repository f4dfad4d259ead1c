using System.Globalization;
using OwpPool.Benchmarks;
using OwpPool.Testing;

// Measures the built server over HTTP, on this machine, in one run: absolute figures depend on the disk and on what else runs, so each
// stands beside the disk's own fsync rate or the server's own ping. Arguments: seconds a phase (default 5), connections (default 64).
var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5;
var connections = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 64;
var phase = TimeSpan.FromSeconds(seconds);

var folder = Directory.CreateTempSubdirectory("owp-bench-").FullName;
try
{
    var fsyncs = Fsync.RatePerSecond(folder, phase);
    await using var server = await ServerProcess.StartAsync(
        typeof(Fsync).Assembly, Path.Combine(folder, "pool.db"), ServerProcess.FreePort(), [("LOG_LEVEL", "warning"), .. NoLimits]);
    using var pool = await BenchPool.CreateAsync(server, connections);

    Console.WriteLine($"{"",-34}{"per second",12}{"p50 ms",9}{"p99 ms",9}{"writes/s",10}{"batch",7}");
    Console.WriteLine($"{"disk: write 4 KiB + fsync",-34}{fsyncs,12:F0}");
    var ping = await pool.MeasureAsync($"GET /v1, {connections} connections", connections, phase, pool.PingAsync);
    var heartbeat = await pool.MeasureAsync($"heartbeat, {connections} connections", connections, phase, pool.HeartbeatAsync);
    var one = await pool.MeasureAsync("task update, 1 connection", 1, phase, pool.UpdateAsync);
    var many = await pool.MeasureAsync($"task update, {connections} connections", connections, phase, pool.UpdateAsync);
    await pool.ReturnAllAsync();
    var lives = await pool.MeasureAsync($"whole task lives, {connections} workers", connections, phase, pool.LiveAsync);
    Console.WriteLine();
    Console.WriteLine($"heartbeat / ping                  {heartbeat.PerSecond / ping.PerSecond,8:P0}");
    Console.WriteLine($"writes a second, {connections} / 1          {many.WritesPerSecond / one.WritesPerSecond,8:F1} x");
    Console.WriteLine($"writes a second / fsync rate      {many.WritesPerSecond / fsyncs,8:F1} x");
    Console.WriteLine($"writes a life                     {lives.WritesPerSecond / lives.PerSecond,8:F1}");
    Console.WriteLine($"server CPU a life                 {lives.CpuMilliseconds / lives.Count,8:F2} ms");
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

internal partial class Program
{
    /// <summary>The limits of one caller would be what is measured: all connections come from one address, all tasks from one admin.</summary>
    private static readonly (string, string)[] NoLimits =
    [
        .. new[] { "TokenRequests", "TokenBurst", "AddressRequests", "AddressBurst", "Registrations", "RegistrationBurst" }
            .Select(limit => ($"OwpPool__RateLimits__{limit}", "1000000")),
    ];
}
