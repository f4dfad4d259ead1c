using System.Text;
using System.Text.Json.Nodes;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>A request on its way to the server, which a defect may change.</summary>
internal sealed class ProxiedRequest(string method, string target, Dictionary<string, string> headers, byte[] body)
{
    public string Method => method;

    /// <summary>Path and query.</summary>
    public string Target { get; set; } = target;

    public string Path => Target.Split('?')[0];

    public Dictionary<string, string> Headers => headers;

    public byte[] Body { get; set; } = body;

    public bool Is(string wantedMethod, string path) => Method == wantedMethod && Path == path;

    /// <summary>Changes a body that is a JSON object.</summary>
    public void Edit(Action<JsonObject> edit) => Body = Edited(Body, edit);

    internal static byte[] Edited(byte[] body, Action<JsonObject> edit)
    {
        if (Parse(body) is not JsonObject json) return body;
        edit(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private static JsonNode? Parse(byte[] body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

/// <summary>An answer on its way back, which a defect may change.</summary>
internal sealed class ProxiedAnswer(int status, Dictionary<string, string> headers, byte[] body)
{
    public int Status { get; set; } = status;

    public Dictionary<string, string> Headers => headers;

    public byte[] Body { get; set; } = body;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Changes a body that is a JSON object.</summary>
    public void Edit(Action<JsonObject> edit) => Body = ProxiedRequest.Edited(Body, edit);

    public static ProxiedAnswer Json(int status, string body) =>
        new(status, new() { ["Content-Type"] = "application/json" }, Encoding.UTF8.GetBytes(body));
}
