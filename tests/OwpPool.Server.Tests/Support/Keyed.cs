using System.Text;

namespace OwpPool.Server.Tests.Support;

/// <summary>Requests with an Idempotency-Key.</summary>
public static class Keyed
{
    /// <summary>A key that nobody used before.</summary>
    public static string NewKey() => Guid.NewGuid().ToString();

    public static Task<Answer> PostKeyedAsync(
        this TestServer server, string key, string path, string body, string? worker = null, string? admin = null) =>
        server.SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"), worker, admin,
            request => request.Headers.TryAddWithoutValidation("Idempotency-Key", key));

    /// <summary>It is the first answer again, byte for byte, and says so.</summary>
    public static void MustReplay(this Answer again, Answer first)
    {
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        Assert.False(first.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal((first.Status, first.Body, first.MediaType), (again.Status, again.Body, again.MediaType));
    }
}
