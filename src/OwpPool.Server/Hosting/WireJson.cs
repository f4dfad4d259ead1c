using System.Text.Json.Serialization;
using OwpPool.Server.Admin;
using OwpPool.Server.Analytics;
using OwpPool.Server.Audit;
using OwpPool.Server.Events;
using OwpPool.Server.GitHub;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Lists;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Repos;
using OwpPool.Server.Reputation;
using OwpPool.Server.Tasks;
using OwpPool.Server.Tasks.Batches;
using OwpPool.Server.Webhooks;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Hosting;

/// <summary>How every record of the API becomes JSON (protocol §1); generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.Strict,
    Converters = [typeof(InstantConverter)], RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RegisterResponse))]
[JsonSerializable(typeof(HeartbeatRequest))]
[JsonSerializable(typeof(HeartbeatResponse))]
[JsonSerializable(typeof(WorkResponse))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(ExplainResponse))]
[JsonSerializable(typeof(EmptyRequest))]
[JsonSerializable(typeof(RenewResponse))]
[JsonSerializable(typeof(RotateResponse))]
[JsonSerializable(typeof(WorkerSelfResponse))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(WorkerControlResponse))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(MaintainersResponse))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(InviteResponse))]
[JsonSerializable(typeof(InvitesResponse))]
[JsonSerializable(typeof(RevokedResponse))]
[JsonSerializable(typeof(PoolPauseRequest))]
[JsonSerializable(typeof(PoolPauseResponse))]
[JsonSerializable(typeof(RevokeResponse))]
[JsonSerializable(typeof(Dictionary<string, string?>))]
[JsonSerializable(typeof(ReputationResponse))]
[JsonSerializable(typeof(TrustRequest))]
[JsonSerializable(typeof(TrustResponse))]
[JsonSerializable(typeof(OfferRequest))]
[JsonSerializable(typeof(OffersResponse))]
[JsonSerializable(typeof(AcceptOfferResponse))]
[JsonSerializable(typeof(RejectOfferRequest))]
[JsonSerializable(typeof(RejectOfferResponse))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(OverrideRequest))]
[JsonSerializable(typeof(StatusRequest))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(RepoRequest))]
[JsonSerializable(typeof(RepoSettingsRequest))]
[JsonSerializable(typeof(RepoDetail))]
[JsonSerializable(typeof(RepoResponse))]
[JsonSerializable(typeof(CreateTaskRequest))]
[JsonSerializable(typeof(CreateTaskRequest[]))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(BulkRequest))]
[JsonSerializable(typeof(BulkResponse))]
[JsonSerializable(typeof(CreateTaskResponse))]
[JsonSerializable(typeof(ListResponse<TaskItem>))]
[JsonSerializable(typeof(ListResponse<WorkerItem>))]
[JsonSerializable(typeof(ListResponse<RepoItem>))]
[JsonSerializable(typeof(WorkerDetail))]
[JsonSerializable(typeof(TaskItem))]
[JsonSerializable(typeof(TaskResponse))]
[JsonSerializable(typeof(EditTaskRequest))]
[JsonSerializable(typeof(ForceStatusRequest))]
[JsonSerializable(typeof(AcceptRequest))]
[JsonSerializable(typeof(RejectRequest))]
[JsonSerializable(typeof(PositionRequest))]
[JsonSerializable(typeof(PositionResponse))]
[JsonSerializable(typeof(StateResponse))]
[JsonSerializable(typeof(DeskResponse))]
[JsonSerializable(typeof(EventMessage))]
[JsonSerializable(typeof(ResetMessage))]
[JsonSerializable(typeof(LogLinesRequest))]
[JsonSerializable(typeof(LogLinesResponse))]
[JsonSerializable(typeof(LogLineMessage))]
[JsonSerializable(typeof(LogPage))]
[JsonSerializable(typeof(AuditEventsResponse))]
[JsonSerializable(typeof(AnalyticsResponse))]
[JsonSerializable(typeof(AuditVerifyResponse))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(DeliveryResponse))]
[JsonSerializable(typeof(ListResponse<DeliveryItem>))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(WebhookCreatedResponse))]
[JsonSerializable(typeof(WebhooksResponse))]
[JsonSerializable(typeof(WebhookChangedResponse))]
[JsonSerializable(typeof(RotateWebhookRequest))]
[JsonSerializable(typeof(RotateWebhookResponse))]
[JsonSerializable(typeof(DeadLettersResponse))]
[JsonSerializable(typeof(RedeliverResponse))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(SyncResponse))]
[JsonSerializable(typeof(ImportRequest))]
[JsonSerializable(typeof(ImportResponse))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(LiveResponse))]
[JsonSerializable(typeof(ReadyResponse))]
[JsonSerializable(typeof(VersionResponse))]
[JsonSerializable(typeof(RootResponse))]
public sealed partial class WireJson : JsonSerializerContext;
