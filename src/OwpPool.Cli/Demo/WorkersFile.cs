using System.Text.Json;
using System.Text.Json.Serialization;

namespace OwpPool.Cli.Demo;

/// <summary>A worker that has registered.</summary>
internal sealed record KnownWorker(string Name, string WorkerId, string Token, int HeartbeatIntervalSeconds);

/// <summary>Keeps workers' tokens between runs, readable by the owner only.</summary>
internal static class WorkersFile
{
    /// <summary>The workers of the file by name; none where there is no file.</summary>
    public static Dictionary<string, KnownWorker> Read(string? path)
    {
        if (path is null || !File.Exists(path)) return [];
        try
        {
            var workers = JsonSerializer.Deserialize(File.ReadAllBytes(path), WorkersJson.Default.KnownWorkerArray) ?? [];
            return workers.ToDictionary(worker => worker.Name);
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read as a file of workers' tokens: {failure.Message}");
        }
    }

    /// <summary>Replaces the file as a whole, so that a crash leaves the old one.</summary>
    public static void Write(string path, IEnumerable<KnownWorker> workers)
    {
        var fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            File.Delete(fresh);
            using (var file = new FileStream(fresh, options))
                JsonSerializer.Serialize(file, workers.ToArray(), WorkersJson.Default.KnownWorkerArray);
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--workers {path} cannot be written: {failure.Message}");
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(KnownWorker[]))]
internal sealed partial class WorkersJson : JsonSerializerContext;
