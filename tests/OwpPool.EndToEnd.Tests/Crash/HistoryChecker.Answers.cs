namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>What each kind of answer promises.</summary>
internal sealed partial class HistoryChecker
{
    private void CheckAcknowledged(Operation operation, List<LoggedEvent> effects)
    {
        var (from, to) = Window(operation);
        foreach (var effect in effects)
            Require(effect.Seq > from && effect.Seq <= to, operation, $"took effect outside of its time, as {effect}");
        foreach (var told in operation.Leases) CheckTold(operation, told, from, to);
        if (operation.ListsAllLeases) CheckComplete(operation, from, to);
        switch (operation.Kind)
        {
            case OperationKind.Register:
                Require(_log.Workers.ContainsKey(operation.Answer!), operation, "was acknowledged, and the worker is gone");
                break;
            case OperationKind.CreateTask:
                Require(_log.Tasks.ContainsKey(operation.Answer!), operation, "was acknowledged, and the task is gone");
                Require(effects is [{ Type: "task.created" } created] && created.Target == operation.Answer, operation,
                    "did not create what it answered");
                break;
            case OperationKind.UpsertRepo or OperationKind.PauseRepo:
                var settings = _log.Repos.TryGetValue(operation.Target!, out var repo) ? repo.Between(from, to) : [];
                Require(settings.Any(set => Says(set, operation.Asked!)), operation, "was acknowledged and never in force");
                break;
            case OperationKind.PauseWorker:
                var states = _log.Workers.GetValueOrDefault(operation.Target!) ?? [];
                Require(states.Any(state => state.Seq <= to && state.Paused == (operation.Asked == "paused")), operation,
                    "was acknowledged and never so");
                break;
            case OperationKind.Release or OperationKind.Fail:
                Require(effects.Count == 1 && effects[0].Target == operation.Target, operation, "was acknowledged, and its effect is gone");
                CheckCredentials(operation, effects);
                break;
            case OperationKind.Requeue or OperationKind.Cancel:
                Require(PicturesOf(operation, from, to).Any(picture => picture.Phase == operation.Answer), operation,
                    "was acknowledged and never so");
                break;
            default:
                if (operation.IsReport) CheckReport(operation, effects, from, to);
                break;
        }
    }

    private void CheckReport(Operation operation, List<LoggedEvent> effects, long from, long to)
    {
        Require(operation.Answer == operation.Asked, operation, "was accepted with another phase");
        // Merged twice is one event; in every other phase a report's own words are noted.
        Require(effects.Count == 1 || (operation.Asked == "merged" && PicturesOf(operation, from, to).Any(IsMergedByActor)), operation,
            "was acknowledged, and its effect is gone");
        Require(effects.All(effect => effect.Target == operation.Target && effect["phase"] == operation.Asked), operation,
            "has another effect than it asked for");
        CheckCredentials(operation, effects);

        bool IsMergedByActor(TaskPicture picture) => picture.Phase == "merged" && picture.WorkerId == operation.Actor;
    }

    /// <summary>I6: the token that a worker sends with a report is the task's own at the moment when it takes effect.</summary>
    private void CheckCredentials(Operation operation, List<LoggedEvent> effects)
    {
        foreach (var effect in effects)
        {
            if (_log.Tasks.GetValueOrDefault(effect.Target)?.Before(effect.Seq) is not { } before) continue;
            Require(operation.Token is not { } token || token == before.Token, operation, $"was accepted; the token was {before.Token}");
            Require(operation.LeaseId is null || before.LeaseId is null || operation.LeaseId == before.LeaseId, operation,
                $"was accepted under {operation.LeaseId}; {before.LeaseId} ran");
        }
    }

    private void CheckTold(Operation operation, ToldLease told, long from, long to)
    {
        if (!_log.Leases.TryGetValue(told.LeaseId, out var lease) || lease.TaskId != told.TaskId || lease.WorkerId != operation.Actor)
        {
            Fail($"{operation} was told that it holds {told}, which was never granted to it.");
            return;
        }
        Require(told.Token is null || told.Token == lease.Token, operation, $"was told {told}; the token is {lease.Token}");
        Require(lease.Ends.Contains(told.ExpiresAt), operation,
            $"was told {told}; its stored ends are {string.Join(", ", lease.Ends.Select(end => $"{end:o}"))}");
        var pictures = _log.Tasks[told.TaskId].Between(from, to).ToList();
        Require(pictures.Any(picture => picture.LeaseId == told.LeaseId && (told.Phase is null || told.Phase == picture.Phase)), operation,
            $"was told {told}; between #{from} and #{to} there was {string.Join(", ", pictures)}");
    }

    /// <summary>A lease that ran from before the request to after the answer is in the answer.</summary>
    private void CheckComplete(Operation operation, long from, long to)
    {
        foreach (var task in _tasksOfWorker.GetValueOrDefault(operation.Actor) ?? [])
        {
            var held = task.Between(from, to).All(picture =>
                picture.IsLeased && picture.Seq > 0 && picture.WorkerId == operation.Actor && picture.ExpiresAt > operation.AnsweredAt);
            var began = task.Between(0, to).Any(picture => picture.Seq <= from);
            if (held && began && operation.Leases.All(told => told.TaskId != task.TaskId))
                Fail($"{operation} was not told of {task.TaskId}, which it held: {task.Now}.");
        }
    }

    private void CheckRefused(Operation operation)
    {
        var (from, to) = Window(operation);
        Require(operation.Status is not 401 || operation.IsForged, operation, "came with the right token");
        if (operation.Status is 404 && operation.Target is { } target && _log.Tasks.TryGetValue(target, out var task))
            Require(!task.Between(0, from).Any(), operation, "was told that an acknowledged task does not exist");
        if (operation.Reason is not ("lease_lost" or "lease_expired" or "stale_token" or "not_holder")) return;
        if (operation is { Kind: OperationKind.Report, Token: { } token })
        {
            var held = PicturesOf(operation, from, to).All(picture => picture.WorkerId == operation.Actor && picture.Token == token
                && (!picture.IsLeased || picture.ExpiresAt > operation.AnsweredAt));
            Require(!held, operation, "held the task all along");
        }
    }

    private IEnumerable<TaskPicture> PicturesOf(Operation operation, long from, long to) =>
        _log.Tasks.TryGetValue(operation.Target!, out var task) ? task.Between(from, to) : [];

    private static bool Says((long Seq, int MaxOpenPrs, bool Paused) settings, string asked) =>
        asked is "paused" or "resumed" ? settings.Paused == (asked == "paused") : settings.MaxOpenPrs.ToString() == asked;
}
