using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Admin;
using OwpPool.Storage;

namespace OwpPool.Server.Workers;

/// <summary>What workers call about themselves and for work.</summary>
public sealed class WorkerEndpoints(
    IGrainFactory grains, IIdSource ids, WorkerTokens tokens, WorkPoll poll, WorkWaiters waiters, SqliteStorage storage, IOptions<WorkerOptions> workers,
    IOptions<ServerOptions> server, IOptions<LimitOptions> limits, IOptions<RegistrationOptions> registration)
{
    /// <summary>Longest wait of a long poll, in seconds.</summary>
    public const int MaxWaitSeconds = 60;

    /// <summary>Most new leases of one request; also what a request without <c>max</c> asks for: the worker's own limits decide.</summary>
    public const int MaxNewLeases = 20;

    /// <summary>Maps the endpoints.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.ServiceProvider.GetRequiredService<WorkerEndpoints>();
        routes.MapJsonPost("/v1/workers/register", RegisterRequest.Read, endpoints.RegisterAsync)
            .Allow(AccessRule.Anyone)
            .WithMetadata(MakesWorkers.Instance)
            .Describe("registerWorker", "Workers", "Register a worker",
                "Makes a worker and its token. The token is shown only once; a repeat shows it again if its Idempotency-Key has the form of " +
                "128 random bits, such as a UUID. With a key that others could choose too, a repeat is refused and makes no second worker.")
            .Answers<RegisterResponse>(StatusCodes.Status201Created)
            .Fails(ProblemKind.Conflict);
        routes.MapJsonPost("/v1/workers/heartbeat", HeartbeatRequest.Read, endpoints.HeartbeatAsync)
            .Allow(AccessRule.Worker)
            .Describe("heartbeat", "Workers", "Show a sign of life",
                "Renews leases that have less than half their time left, and tells what was lost or cancelled since.")
            .Answers<HeartbeatResponse>(StatusCodes.Status200OK);
        routes.MapGet("/v1/work", (Delegate)endpoints.GetWorkAsync)
            .Allow(AccessRule.Worker)
            .Describe("getWork", "Workers", "Ask for work",
                "Grants as many leases as fit and answers with all that are held, old and new. Asking again never loses one. With " +
                "wait_seconds it waits for work, unless a lease is held that is not begun.")
            .TakesQuery("wait_seconds", "Longest wait for work.", 0, MaxWaitSeconds, 0)
            .TakesQuery("max", "New leases at most.", 1, MaxNewLeases, MaxNewLeases)
            .Answers<WorkResponse>(StatusCodes.Status200OK)
            .Fails(ProblemKind.ValidationError);
        routes.MapJsonPost("/v1/claims", ClaimRequest.Read, endpoints.ClaimAsync, mayBeEmpty: true)
            .Allow(AccessRule.Worker)
            .RebuildsAnswer()
            .Describe("claimWork", "Workers", "Claim work",
                "As GET /v1/work, for clients that choose among repos and tasks. With an Idempotency-Key a repeat after a lost answer " +
                "finds the leases of the first time, as they are now, and takes no more. Where the first time took none, it asks anew.")
            .Answers<WorkResponse>(StatusCodes.Status200OK);
    }

    /// <summary>Whether the worker may come in, and as what. An invite that is sent counts in an open pool, too.</summary>
    private async Task<Reply<RegistrationTerms>> TermsOfAsync(RegisterRequest request, string workerId)
    {
        if (registration.Value.Mode == RegistrationOptions.Closed)
        {
            return Refusal.Forbidden(RefusalReason.NotAllowed, "Nobody can register in this pool now.",
                "Ask the pool's maintainers; they open it with OwpPool__Registration__Mode.");
        }
        if (request.Invite is { } invite)
        {
            var reply = await grains.GetPoolControl().RedeemAsync(InviteEndpoints.HashOf(invite), workerId);
            return reply.Value is { } used ? new RegistrationTerms(used.TrustTier, used.Repos, used.InviteId) : reply.Refusal!;
        }
        if (registration.Value.Mode == RegistrationOptions.ByInvite)
        {
            return Refusal.Forbidden(RefusalReason.NotAllowed, "Workers register in this pool by invite.",
                "Ask the pool's maintainers for an invite and send it as 'invite'.");
        }
        return new RegistrationTerms(registration.Value.ToTier(), [], null);
    }

    private async Task<IResult> RegisterAsync(RegisterRequest request, HttpContext http)
    {
        if (await storage.ReadModel.HasAsManyAsync(GrainNames.Worker, limits.Value.Workers, http.RequestAborted))
        {
            return Problem.From(Refusal.Conflict(RefusalReason.LimitReached, "The pool has as many workers as it may.",
                "Ask the pool's operator to raise OwpPool__Limits__Workers."));
        }
        var profile = new WorkerProfile
        {
            Name = request.Name,
            GithubHandle = request.GithubHandle,
            Skills = request.Skills,
            CapacityPoints = request.CapacityPoints,
            MaxConcurrentTasks = request.MaxConcurrentTasks,
        };
        var workerId = ids.NewId(Ids.Worker);
        var terms = await TermsOfAsync(request, workerId);
        if (terms.Refusal is not null) return Problem.From(terms.Refusal);
        var token = tokens.Make(workerId);
        var refusal = await grains.GetWorker(workerId).RegisterAsync(new RegisterWorker(profile, tokens.HashOf(token), terms.Value));
        if (refusal is not null) return Problem.From(refusal);
        var response = new RegisterResponse
        {
            WorkerId = workerId,
            Token = token,
            HeartbeatIntervalSeconds = workers.Value.HeartbeatIntervalSeconds,
        };
        return Wire.Created(response, Wire.Json.RegisterResponse);
    }

    private async Task<IResult> HeartbeatAsync(HeartbeatRequest request, HttpContext http)
    {
        var caller = http.Worker();
        var status = request.ToStatus();
        var reply = await grains.GetWorker(caller.WorkerId).HeartbeatAsync(new Heartbeat(caller.TokenHash, status, request.Note));
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        return Wire.Ok(reply.Value!.ToWire(), Wire.Json.HeartbeatResponse);
    }

    private async Task<IResult> GetWorkAsync(HttpContext http)
    {
        var query = new QueryFields(http.Request.Query);
        var wait = query.Integer("wait_seconds", 0, MaxWaitSeconds) ?? 0;
        var max = query.Integer("max", 1, MaxNewLeases) ?? MaxNewLeases;
        if (query.Problem is { } problem) return problem;
        var caller = http.Worker();
        // Who asks for the headers only would never learn of a lease that it got.
        if (HttpMethods.IsHead(http.Request.Method))
            return Answer(caller, await grains.GetWorker(caller.WorkerId).ClaimAsync(new ClaimWork(caller.TokenHash, 0, [], [])));
        return Answer(caller, await poll.AskAsync(caller, max, WaitOf(caller, wait), http.RequestAborted));
    }

    private async Task<IResult> ClaimAsync(ClaimRequest request, HttpContext http)
    {
        var caller = http.Worker();
        var command = new ClaimWork(caller.TokenHash, request.Max, [.. request.Repos.Select(Names.CanonicalRepo).Distinct()],
            request.Exclude, http.RequestKey());
        // Nothing new is what a repeat may take: it is told what is left of the first time.
        if (http.IsRepeat()) return Answer(caller, await grains.GetWorker(caller.WorkerId).ClaimAsync(command with { Max = 0 }));
        var reply = await poll.AskAsync(caller.WorkerId, command, WaitOf(caller, request.WaitSeconds), http.RequestAborted);
        if (reply.Value is { Granted: 0 }) http.HadNoEffect();
        return Answer(caller, reply);
    }

    private TimeSpan WaitOf(WorkerCaller caller, int seconds) =>
        waiters.CountOf(caller.WorkerId) < limits.Value.WaitsPerWorker ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;

    private IResult Answer(WorkerCaller caller, Reply<WorkReply> reply)
    {
        if (reply.Refusal is not null) return Problem.From(reply.Refusal);
        var work = reply.Value!;
        var response = new WorkResponse
        {
            WorkerId = caller.WorkerId,
            Leases = [.. work.Leases.Select(WorkerMapping.ToWire)],
            RetryAfterSeconds = work.Granted > 0 ? 0 : server.Value.RetryAfterSeconds,
            Paused = work.Pause.ToWire(),
        };
        return Wire.Ok(response, Wire.Json.WorkResponse);
    }
}
