using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>How the pool's JSON is read and written.</summary>
/// <remarks>What an answer leaves out is null in a property with <c>init</c>, whatever its initializer says: the generated code sets all of
/// them. So defaults of answers are in their getters.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(SnakeCaseEnum<WorkerStatus>), typeof(SnakeCaseEnum<ReportedStatus>), typeof(InstantConverter)])]
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
[JsonSerializable(typeof(Desk))]
[JsonSerializable(typeof(PoolEvent))]
[JsonSerializable(typeof(StreamReset))]
[JsonSerializable(typeof(LogRequest))]
[JsonSerializable(typeof(LogReply))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(Analytics))]
[JsonSerializable(typeof(PoolVersion))]
[JsonSerializable(typeof(RotatedToken))]
[JsonSerializable(typeof(OfferRequest))]
[JsonSerializable(typeof(OfferList))]
[JsonSerializable(typeof(OfferRejection))]
[JsonSerializable(typeof(AcceptedOffer))]
[JsonSerializable(typeof(RenewedLease))]
[JsonSerializable(typeof(Page<TaskSummary>))]
[JsonSerializable(typeof(TaskSummary))]
[JsonSerializable(typeof(TaskPatch))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(AddedTasks))]
[JsonSerializable(typeof(BulkReply))]
[JsonSerializable(typeof(PositionRequest))]
[JsonSerializable(typeof(MovedTask))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(ForceRequest))]
[JsonSerializable(typeof(AcceptRequest))]
[JsonSerializable(typeof(RejectRequest))]
[JsonSerializable(typeof(EmptyRequest))]
[JsonSerializable(typeof(OkReply))]
[JsonSerializable(typeof(Page<RepoSummary>))]
[JsonSerializable(typeof(RepoDetails))]
[JsonSerializable(typeof(RepoPatch))]
[JsonSerializable(typeof(Page<WorkerSummary>))]
[JsonSerializable(typeof(WorkerDetails))]
[JsonSerializable(typeof(WorkerReply))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(RevokedWorker))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(Page<TokenView>))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(NewInvite))]
[JsonSerializable(typeof(Page<InviteView>))]
[JsonSerializable(typeof(PoolPauseRequest))]
[JsonSerializable(typeof(PoolPauseReply))]
[JsonSerializable(typeof(Reputation))]
[JsonSerializable(typeof(TrustRequest))]
[JsonSerializable(typeof(GitHubSyncRequest))]
[JsonSerializable(typeof(GitHubSync))]
[JsonSerializable(typeof(GitHubImportRequest))]
[JsonSerializable(typeof(GitHubImport))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class PoolJson : JsonSerializerContext;

internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(
    System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
