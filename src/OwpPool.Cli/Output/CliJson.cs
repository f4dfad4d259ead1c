using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OwpPool.Cli.Output;

/// <summary>How the command line's own answers are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(Client.InstantConverter)])]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(Workers.RegisteredWorker))]
[JsonSerializable(typeof(Run.RunStep))]
[JsonSerializable(typeof(Tasks.CreatedTask))]
[JsonSerializable(typeof(Help.Finding))]
[JsonSerializable(typeof(Db.DatabaseCopy))]
[JsonSerializable(typeof(Configuration.ShownProfile))]
[JsonSerializable(typeof(Conformance.Reports.ConformanceAnswer))]
internal sealed partial class CliJson : JsonSerializerContext;
