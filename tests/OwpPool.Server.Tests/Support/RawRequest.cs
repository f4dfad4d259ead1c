using System.Collections.Immutable;
using System.Text;

namespace OwpPool.Server.Tests.Support;

/// <summary>A request that is sent as it stands here, byte for byte.</summary>
public sealed record RawRequest(string Method, string Path)
{
    public ImmutableList<(string Name, string Value)> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    public static RawRequest Get(string path) => new("GET", path);

    public static RawRequest Post(string path, string json = "{}") => Post(path, Encoding.UTF8.GetBytes(json));

    public static RawRequest Post(string path, byte[] body) =>
        new RawRequest("POST", path) { Body = body }.With("Content-Type", "application/json");

    public RawRequest With(string name, string value) => this with { Headers = Headers.Add((name, value)) };

    public RawRequest WithType(string? type) => this with
    {
        Headers = type is null ? Headers.RemoveAll(IsType) : Headers.RemoveAll(IsType).Add(("Content-Type", type)),
    };

    public RawRequest As(string workerToken) => With("Authorization", $"Bearer {workerToken}");

    public RawRequest AsAdmin() => With("X-Admin-Token", TestServer.AdminToken);

    /// <summary>What goes over the wire: the head in UTF-8, a length where there is a body, and the connection's end.</summary>
    public ReadOnlyMemory<byte> ToBytes(Uri server)
    {
        var head = new StringBuilder($"{Method} {Path} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n");
        foreach (var (name, value) in Headers) head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (Body is not null) head.Append("Content-Length: ").Append(Body.Length).Append("\r\n");
        return (byte[])[.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. Body ?? []];
    }

    private static bool IsType((string Name, string Value) header) => header.Name == "Content-Type";
}
