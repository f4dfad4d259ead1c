using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OwpPool.Server.Tests.Webhooks;

/// <summary>A receiver of webhooks: a real HTTP server on a free loopback port that keeps what it was sent.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.First()}/hook";

    public ConcurrentQueue<Delivery> Deliveries { get; } = new();

    /// <summary>How it answers; told the number of the request, from 1.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = static (http, _) => Task.CompletedTask;

    /// <summary>The events that it took, in order of arrival.</summary>
    public string[] Types => [.. Deliveries.Select(delivery => (string)delivery.Json["event_type"]!)];

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new Receiver(app);
        var count = 0;
        app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
            var delivery = new Delivery(http.Request.Method, http.Request.Path, await reader.ReadToEndAsync(),
                http.Request.Headers["X-Owp-Signature"].ToString(), http.Request.Headers["X-Owp-Delivery"].ToString(),
                http.Request.Headers["X-Owp-Event"].ToString());
            await receiver.Answer(http, Interlocked.Increment(ref count));
            if (http.Response.StatusCode == 200) receiver.Deliveries.Enqueue(delivery);
        });
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>What a receiver got.</summary>
public sealed record Delivery(string Method, string Path, string Body, string Signature, string Id, string Type)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>As a receiver checks it.</summary>
    public bool IsSignedBy(string secret)
    {
        var parts = Signature.Split(',');
        var expected = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{parts[0][2..]}.{Body}")));
        return parts[1..].Contains($"v1={expected}");
    }
}
