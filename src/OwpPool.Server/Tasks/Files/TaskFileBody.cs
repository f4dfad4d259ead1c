using System.Text.Unicode;
using System.Text;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Problems;
namespace OwpPool.Server.Tasks.Files;

/// <summary>A task file as the body of a request.</summary>
internal static class TaskFileBody
{
    private static readonly string[] Yaml = ["text/yaml", "application/yaml", "text/x-yaml", "application/x-yaml"];

    /// <summary>The file's bytes in UTF-8, or what to answer with.</summary>
    public static async Task<(byte[]? File, Problem? Fault)> ReadAsync(HttpRequest request)
    {
        if (BodyType.WhyNotReadable(request, IsTaken, "Only YAML and JSON are read.") is { } message)
            return (null, new Problem { Kind = ProblemKind.UnsupportedMediaType, Message = message, Suggestion = "Send 'Content-Type: text/yaml'." });
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        var bytes = body.ToArray();
        if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        return Utf8.IsValid(bytes) ? (bytes, null) : (null, Problem.Invalid("body", "must be UTF-8"));
    }

    /// <summary>Its tasks. Which of the two languages it is, its first character says: no list of tasks begins so in the other.</summary>
    /// <param name="file">In UTF-8.</param>
    /// <param name="maxTasks">A longer list is a fault, and is read no further.</param>
    /// <param name="faults">Receives what is wrong.</param>
    public static IReadOnlyList<ImportEntry> Parse(byte[] file, int maxTasks, ImportFaults faults)
    {
        var text = file.AsSpan().TrimStart(" \t\r\n"u8);
        return !text.IsEmpty && text[0] is (byte)'[' or (byte)'{'
            ? JsonTasks.Read(file, maxTasks, faults)
            : YamlTasks.Read(Encoding.UTF8.GetString(file), maxTasks, (line, message) => faults.Add(line, message));
    }

    private static bool IsTaken(string media) =>
        Yaml.Contains(media) || media.EndsWith("+yaml", StringComparison.Ordinal) || BodyType.IsJson(media) || BodyType.IsForm(media);
}
