using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>Sends requests as clients on a bad network do: late, twice, again when no answer came, and blind to answers that were lost.
/// What is answered goes to the checker and into what the worker believes.</summary>
internal sealed class Clients(PoolWorld world, PoolChecker checker, BatchImport imports)
{
    private const double ReplyLost = 0.10;
    private const int MostAttempts = 3;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);
    private readonly Dice _dice = world.Dice;

    /// <summary>Requests under way.</summary>
    internal int InFlight { get; private set; }

    /// <summary>Whether replies are lost and requests delayed and repeated.</summary>
    internal bool NetworkIsBad { get; set; } = true;

    /// <summary>Starts the request; it ends by itself.</summary>
    internal Task Begin(Operation operation)
    {
        if (world.IsTracing) world.Note($"> {operation}{(operation.IsDuplicated ? " TWICE" : "")}");
        checker.Began(operation);
        var copies = operation.IsDuplicated ? 2 : 1;
        if (copies > 1) world.Faults.Add("request duplicated");
        return Task.WhenAll(Enumerable.Range(0, copies).Select(copy => world.Begin(operation.Tag, () => RunAsync(operation, copy))));
    }

    private async Task RunAsync(Operation operation, int copy)
    {
        InFlight++;
        if (operation.Worker is { } worker) worker.Busy++;
        try
        {
            if (NetworkIsBad && (copy > 0 || _dice.Chance(0.1)))
            {
                world.Faults.Add("request delayed");
                await DelayAsync(LongestDelay);
            }
            for (var attempt = 1; !await TryAsync(operation) && attempt < MostAttempts && _dice.Chance(0.7); attempt++)
                await DelayAsync(LongestBackoff);
        }
        finally
        {
            InFlight--;
            if (operation.Worker is { } done) done.Busy--;
        }
    }

    /// <returns>Whether the client has got an answer.</returns>
    private async Task<bool> TryAsync(Operation operation)
    {
        try
        {
            // Unsent, if there is no server.
            var grains = world.Grains;
            checker.Sent(operation);
            if (operation.Worker is { } worker)
            {
                worker.LastSent = world.Elapsed;
                if (operation is { Kind: OperationKind.RotateToken, HasForeignToken: false })
                    worker.OtherTokenHash = operation.NewTokenHash;
            }
            var answer = operation.Kind is OperationKind.ImportBatch
                ? await imports.SendAsync(grains, operation)
                : await SendAsync(grains, operation);
            if (NetworkIsBad && _dice.Chance(ReplyLost))
            {
                world.Faults.Add("reply to a client lost");
                if (world.IsTracing) world.Note($"  {operation.Tag}: answered, and the answer is lost");
                PoolChecker.Unanswered(operation);
                return false;
            }
            if (world.IsTracing) world.Note($"< {operation.Tag}: {answer.Refusal?.Reason ?? answer.Text}");
            checker.Answered(operation, answer);
            Learn(operation, answer);
            return true;
        }
        catch (ServerDownException)
        {
            return false;
        }
        catch (Exception exception)
        {
            if (world.IsTracing) world.Note($"  {operation.Tag}: no answer: {exception.GetType().Name} {exception.Message}");
            PoolChecker.Unanswered(operation);
            return false;
        }
    }

    private static async Task<Answer> SendAsync(IGrainFactory grains, Operation operation)
    {
        var (tag, token) = (operation.Tag, operation.TokenHash);
        var worker = operation.Worker is { } known ? grains.GetWorker(known.Id) : null;
        switch (operation.Kind)
        {
            case OperationKind.Register:
                return new(await worker!.RegisterAsync(new RegisterWorker(operation.Worker!.Profile, token)));
            case OperationKind.Heartbeat:
                return Answer.To(await worker!.HeartbeatAsync(new Heartbeat(token, operation.WorkerStatus, tag)));
            case OperationKind.Claim:
                return Answer.To(await worker!.ClaimAsync(new ClaimWork(token, operation.Max, operation.Repos, operation.Exclude, tag)));
            case OperationKind.Report:
                return Answer.To(await worker!.ReportAsync(new ReportTask(
                    token, operation.TaskId, operation.Status, tag, new Artifact(), operation.LeaseId, operation.FencingToken)));
            case OperationKind.GiveBack:
                return Answer.To(await worker!.GiveBackAsync(new GiveBackTask(token, operation.TaskId, operation.GiveBackAs, tag,
                    operation.RetryAfter, operation.LeaseId, operation.FencingToken, tag)));
            case OperationKind.Renew:
                return Answer.To(await worker!.RenewAsync(token, operation.LeaseId!));
            case OperationKind.Explain:
                return Answer.To(await worker!.ExplainAsync(token, operation.TaskId.Length > 0 ? operation.TaskId : null));
            case OperationKind.Describe:
                return Answer.To(await worker!.DescribeAsync(token));
            case OperationKind.RotateToken:
                return new(await worker!.RotateTokenAsync(token, operation.NewTokenHash));
            case OperationKind.RequestOffers:
                return Answer.To(await worker!.OfferAsync(new RequestOffers(token, operation.Max, tag)));
            case OperationKind.AcceptOffer:
                return Answer.To(await worker!.AcceptOfferAsync(token, operation.LeaseId!));
            case OperationKind.RejectOffer:
                return new(await worker!.RejectOfferAsync(token, operation.LeaseId!, OfferRejection.Other, tag));
            case OperationKind.UpsertRepo:
                return Answer.To(await grains.GetRepo(operation.Repo).UpsertAsync(operation.Settings!));
            case OperationKind.CreateTask:
                return Answer.To(await grains.GetRepo(operation.Repo)
                    .CreateTaskAsync(new CreateTask(operation.TaskId, operation.Spec!, Actors.Admin)));
            case OperationKind.Override:
                return Answer.To(await grains.GetRepo(operation.Repo)
                    .OverrideAsync(new OverrideTask(operation.TaskId, operation.Act, Actors.Admin, tag)));
            case OperationKind.Review:
                return await ReviewAsync(grains, operation);
            case OperationKind.Edit:
                return Answer.To(await grains.GetRepo(operation.Repo).MaintainAsync(
                    operation.TaskId, new TaskCommand.Edit(Actors.Admin, operation.Patch!, null)));
            case OperationKind.Force:
                return Answer.To(await grains.GetRepo(operation.Repo).MaintainAsync(
                    operation.TaskId, new TaskCommand.Force(Actors.Admin, tag, operation.Status)));
            case OperationKind.Move:
                return Answer.To(await grains.GetRepo(operation.Repo).MoveAsync(
                    new MoveTask(operation.TaskId, operation.Pause ? TaskPosition.Front : TaskPosition.Back, null, Actors.Admin, tag)));
            case OperationKind.SetTrust:
                return new(await grains.GetWorker(operation.TaskId).SetTrustAsync(operation.Trust, Actors.Admin, tag));
            case OperationKind.PauseWorker:
                return new(await grains.GetWorker(operation.TaskId).SetPausedAsync(operation.Pause, Actors.Admin, tag));
            case OperationKind.RevokeWorker:
                return new(await grains.GetWorker(operation.TaskId).RevokeAsync(Actors.Admin, tag));
            case OperationKind.UndoWorker:
                return new(null, new Undone(await grains.GetWorker(operation.TaskId).UndoAsync(Actors.Admin, tag)));
            default:
                throw new InvalidOperationException($"Unknown kind {operation.Kind}.");
        }
    }

    /// <summary>As the server does with a delivery of GitHub's: what gives a worker work goes through the worker; of the rest the repo hears
    /// first, then the worker that has or had the task. Of a task that nobody has, and sometimes of another's, GitHub speaks about the pull
    /// request of its last worker.</summary>
    private static async Task<Answer> ReviewAsync(IGrainFactory grains, Operation operation)
    {
        var task = await grains.GetTask(operation.TaskId).GetAsync();
        var former = task is { Former: { } past } && past.WorkerId != task.WorkerId && (task.WorkerId is null || operation.Pause) ? past.WorkerId : null;
        var command = new ReviewTask(operation.TaskId, operation.Move, Actors.Github, former, new Artifact(), operation.Tag,
            IsFormer: former is not null);
        var givesWork = operation.Move is ReviewMove.ChangesRequested || (former is not null && operation.Move is ReviewMove.Opened);
        if (givesWork && (former ?? task?.WorkerId) is { } back) return Answer.To(await grains.GetWorker(back).ReviewAsync(command));
        var reply = await grains.GetRepo(operation.Repo).ReviewAsync(command);
        if (reply.Refusal is null && task?.WorkerId is { } holder) await grains.GetWorker(holder).LookAtAsync(operation.TaskId);
        if (reply.Refusal is null && former is not null) await grains.GetWorker(former).LookAtAsync(operation.TaskId);
        return Answer.To(reply);
    }

    private static void Learn(Operation operation, Answer answer)
    {
        if (operation.Worker is not { } worker || operation.HasForeignToken) return;
        switch (operation.Kind, answer.Value)
        {
            case (OperationKind.Register, _):
                worker.IsRegistered = true;
                break;
            case (OperationKind.RotateToken, _) when answer.Refusal is null:
                (worker.TokenHash, worker.OtherTokenHash) = (operation.NewTokenHash, operation.TokenHash);
                break;
            case (_, WorkReply work):
                worker.Learn(work.Leases);
                break;
            case (_, HeartbeatReply heartbeat):
                worker.Learn(heartbeat.Leases);
                break;
            case (_, OfferReply offers):
                worker.LearnOffers(offers.Offers);
                break;
            case (_, LeaseView lease):
                worker.Took(lease);
                break;
            case (OperationKind.RejectOffer, _) when answer.Refusal is null:
                worker.Offers.RemoveAll(offer => offer.LeaseId == operation.LeaseId);
                break;
            case (_, TaskProgress progress):
                worker.Moved(progress.TaskId, progress.Phase);
                break;
        }
        if (answer.Refusal?.Kind is RefusalKind.Unauthorized && worker.OtherTokenHash is { } other
            && worker.TokenHash == operation.TokenHash)
            (worker.TokenHash, worker.OtherTokenHash) = (other, worker.TokenHash);
        if (answer.Refusal?.Reason is RefusalReason.LeaseLost or RefusalReason.LeaseExpired) worker.Drop(operation.TaskId);
    }

    private Task DelayAsync(TimeSpan longest) => Task.Delay(_dice.Within(longest), world.Clock);
}

/// <summary>How many tasks were put back.</summary>
internal sealed record Undone(int Tasks);

/// <summary>A grain's answer, whatever it is about.</summary>
/// <param name="Refusal">Null when accepted.</param>
/// <param name="Value">Null when refused, and where acceptance says all.</param>
internal sealed record Answer(Refusal? Refusal, object? Value = null)
{
    internal static Answer To<T>(Reply<T> reply) where T : class => new(reply.Refusal, reply.Value);

    internal string Text => Value switch
    {
        WorkReply work => $"granted {work.Granted}, holds {string.Join(' ', work.Leases.Select(Short))}",
        HeartbeatReply beat => $"{beat.Status}, holds {string.Join(' ', beat.Leases.Select(Short))}, "
            + $"lost {string.Join(' ', beat.Lost.Select(lost => $"{lost.TaskId}:{lost.Reason}"))}",
        OfferReply offers => $"offers {string.Join(' ', offers.Offers.Select(Short))}",
        LeaseView lease => Short(lease),
        TaskProgress progress => $"{progress.TaskId} {progress.Phase} until {progress.LeaseExpiresAt:HH:mm:ss}",
        TaskCreated created => $"created={created.Created}",
        Undone undone => $"{undone.Tasks} put back",
        _ => "ok",
    };

    private static string Short(LeaseView lease) =>
        $"{lease.TaskId}({lease.LeaseId} {lease.FencingToken} {lease.Phase} {lease.ExpiresAt:HH:mm:ss})";
}
