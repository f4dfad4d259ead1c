using System.Text.Json.Serialization;

namespace OwpPool.Client;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(SnakeCaseEnum<WorkerStatus>), typeof(SnakeCaseEnum<ReportedStatus>)])]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RegisterReply))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(HeartbeatReply))]
[JsonSerializable(typeof(WorkReply))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(WorkerSelf))]
[JsonSerializable(typeof(WorkExplanation))]
[JsonSerializable(typeof(TaskDetails))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(ReportRequest))]
[JsonSerializable(typeof(ReportReply))]
[JsonSerializable(typeof(RepoRequest))]
[JsonSerializable(typeof(RepoReply))]
[JsonSerializable(typeof(TaskRequest))]
[JsonSerializable(typeof(TaskAnswer))]
[JsonSerializable(typeof(PoolState))]
[JsonSerializable(typeof(PoolEvent))]
[JsonSerializable(typeof(StreamReset))]
[JsonSerializable(typeof(LogRequest))]
[JsonSerializable(typeof(LogReply))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(Analytics))]
[JsonSerializable(typeof(PoolVersion))]
internal sealed partial class PoolJson : JsonSerializerContext;

internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(
    System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
