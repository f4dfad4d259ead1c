using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>Does checks on a server, as many at once as do not disturb each other, and puts away what they made.</summary>
/// <param name="target">The server.</param>
/// <param name="checks">What is to be done.</param>
/// <param name="time">The clock of durations.</param>
/// <param name="stopLimit">How long putting away may take once the run is told to stop.</param>
internal sealed class ConformanceRun(Target target, IReadOnlyList<Check> checks, TimeProvider time, TimeSpan stopLimit) : IDisposable
{
    /// <summary>Few enough to be no load, enough to make a slow line bearable.</summary>
    private const int AtOnce = 6;

    /// <summary>So many requests in a row without an answer, and the server is taken for gone.</summary>
    private const int Patience = 10;

    /// <summary>Long enough to begin a task on a busy machine.</summary>
    private const int ShortestLease = 10;
    private const int ShortestLeaseOutsideDevelopment = 30;

    /// <summary>More than a run registers.</summary>
    private const int MostWorkers = 1_000;

    /// <summary>An invite that a broken-off run leaves behind ends by itself.</summary>
    private static readonly TimeSpan InviteLimit = TimeSpan.FromHours(1);

    private static readonly TimeSpan CheckLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan CleaningLimit = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<Check, CheckResult> _results = new();
    private readonly ConcurrentBag<Crew> _crews = [];
    private readonly ConcurrentStack<Crew> _free = [];
    private readonly CancellationTokenSource _tooLate = new();
    private int _crewNumber;
    private string? _inviteId;

    /// <summary>Does them all.</summary>
    /// <returns>Their results, in the order in which they were given.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped; what it had made is put away.</exception>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken ct)
    {
        await using var stop = ct.Register(() => _tooLate.CancelAfter(stopLimit));
        try
        {
            if (await ReachAsync(ct)) await RunAllAsync(ct);
        }
        finally
        {
            if (!ct.IsCancellationRequested) _tooLate.CancelAfter(CleaningLimit);
            await CleanUpAsync(_tooLate.Token);
        }
        return [.. checks.Select(check => _results.GetValueOrDefault(check) ?? Skip(check, "the server does not answer"))];
    }

    public void Dispose() => _tooLate.Dispose();

    /// <summary>Whether there is anybody to talk to. Fails what is to be done first, so that a dead server is not a clean run.</summary>
    private async Task<bool> ReachAsync(CancellationToken ct)
    {
        try
        {
            var stage = new Stage(target, Checks.Catalogue.Answers, NewCrew(), ct);
            var answer = await stage.Nobody.PostAsync("/v1/claims");
            target.HasClaims = !answer.IsMissing && answer.MediaType?.Contains("json", StringComparison.Ordinal) is true;
            var repo = await SetUpAsync(stage, null);
            if (repo.Status is 401 or 403)
                throw new NoTokenException($"The server does not take the admin token; nothing was checked. {repo.Sent}: {repo}");
            await InviteAsync(stage);
            var state = await stage.Admin.GetAsync("/v1/admin/state");
            if (state.Find("paused") is { ValueKind: JsonValueKind.True })
                target.Warn("This pool is paused and hands out nothing; checks will fail for it. 'owp admin resume' ends that.");
            var waiting = state.Find("tasks_queued") is { ValueKind: JsonValueKind.Number } queued ? queued.GetDouble() : 0;
            if (waiting > 0)
                target.Warn($"{waiting} tasks wait in this pool. Workers of the run may be given some; checks may fail for it.");
            return true;
        }
        catch (NoAnswerException failure)
        {
            var first = checks.FirstOrDefault(check => check == Checks.Catalogue.Answers) ?? checks[0];
            _results[first] = new CheckResult(first, Outcome.Failed, TimeSpan.Zero, failure);
            return false;
        }
    }

    /// <summary>Sees whether workers may register, and lets the run's own in where that takes an invite.</summary>
    private async Task InviteAsync(Stage stage)
    {
        var registered = await stage.Nobody.PostAsync(Stage.RegisterPath, new JsonObject { ["name"] = "conformance" });
        await stage.EndAsync(passed: false, _tooLate.Token);
        if (registered.Status != 403) return;
        var made = await stage.Admin.PostAsync("/v1/admin/invites", new JsonObject
        {
            ["uses"] = MostWorkers,
            ["expires_in_seconds"] = (int)InviteLimit.TotalSeconds,
            ["trust_tier"] = "basic",
        });
        if (made.TextOrNull("invite") is not { } text) return;
        target.Http.Secrets.Add(text);
        (target.Invite, _inviteId) = (text, made.TextOrNull("invite_id"));
    }

    private async Task RunAllAsync(CancellationToken ct)
    {
        var stage = new Stage(target, Checks.Catalogue.Answers, NewCrew(), ct);
        var patient = Of(Lane.Patient);
        target.ShortLeases = new Gate(patient.Count);
        if (patient.Count > 0 && await TrySetUpAsync(stage, ShortestLease) is not { IsSuccess: true })
            await TrySetUpAsync(stage, ShortestLeaseOutsideDevelopment);
        var waiting = Task.WhenAll(patient.Select(check => RunAsync(check, ct)));
        try
        {
            await target.ShortLeases.Opened.WaitAsync(ct);
            await TrySetUpAsync(stage, null);
            await Parallel.ForEachAsync(Of(Lane.Shared), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
                async (check, stop) => await RunAsync(check, stop));
        }
        finally
        {
            await waiting;
        }
        foreach (var check in Of(Lane.Alone))
        {
            ct.ThrowIfCancellationRequested();
            await TrySetUpAsync(stage, null);
            await RunAsync(check, ct);
        }
    }

    private List<Check> Of(Lane lane) => [.. checks.Where(check => check.Lane == lane)];

    private async Task RunAsync(Check check, CancellationToken ct)
    {
        var begun = time.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CheckLimit + target.Patience);
        var crew = _free.TryPop(out var free) ? free : NewCrew();
        var stage = new Stage(target, check, crew, limit.Token);
        try
        {
            if (target.Http.Unanswered >= Patience) throw new CheckSkippedException("the server stopped answering");
            await check.Run(stage);
            _results[check] = new CheckResult(check, Outcome.Passed, time.GetElapsedTime(begun));
        }
        catch (CheckFailedException failure)
        {
            _results[check] = new CheckResult(check, Outcome.Failed, time.GetElapsedTime(begun), failure);
        }
        catch (CheckSkippedException skipped)
        {
            _results[check] = Skip(check, skipped.Message);
        }
        catch (Exception odd) when (odd is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // An answer that no check has foreseen is the server's failure, not the end of the run.
            var failure = new CheckFailedException(null, "an answer of the form that the contract has", odd.Message);
            _results[check] = new CheckResult(check, Outcome.Failed, time.GetElapsedTime(begun), failure);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            var late = new CheckFailedException(null, "an end of the check",
                $"none within {(CheckLimit + target.Patience).TotalSeconds:0} s");
            _results[check] = new CheckResult(check, Outcome.Failed, time.GetElapsedTime(begun), late);
        }
        finally
        {
            await stage.EndAsync(_results.TryGetValue(check, out var result) && result.Outcome is Outcome.Passed, _tooLate.Token);
            _free.Push(crew);
        }
    }

    private Crew NewCrew()
    {
        var crew = new Crew(target.RunId, Interlocked.Increment(ref _crewNumber));
        _crews.Add(crew);
        return crew;
    }

    private static CheckResult Skip(Check check, string reason) => new(check, Outcome.Skipped, TimeSpan.Zero, Reason: reason);

    /// <summary>Where the server is gone the checks find that out for themselves.</summary>
    private async Task<WireAnswer?> TrySetUpAsync(Stage stage, int? leaseTtlSeconds)
    {
        try
        {
            return await SetUpAsync(stage, leaseTtlSeconds);
        }
        catch (NoAnswerException)
        {
            return null;
        }
    }

    private Task<WireAnswer> SetUpAsync(Stage stage, int? leaseTtlSeconds)
    {
        var settings = target.StandardSettings();
        settings["lease_ttl_seconds"] = leaseTtlSeconds;
        return stage.Admin.PostAsync("/v1/admin/repos", settings);
    }

    /// <summary>Ends tasks that no check knows of, such as one whose creation was not answered, and closes the repo.</summary>
    private async Task CleanUpAsync(CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(_crews.Select(crew => new Stage(target, Checks.Catalogue.Answers, crew, ct).DisbandAsync(ct)));
            var stage = new Stage(target, Checks.Catalogue.Answers, NewCrew(), ct);
            await SweepAsync(stage, ct);
            if (_inviteId is not null) await stage.Admin.PostAsync($"/v1/admin/invites/{_inviteId}/revoke");
            var paused = await stage.Admin.PostAsync($"/v1/admin/repos/{target.Repo}/pause");
            if (paused.IsSuccess) return;
            // A core server cannot pause; with the smallest budget it hands out as little as it can.
            var closed = await stage.Admin.PostAsync("/v1/admin/repos",
                new JsonObject { ["repo"] = target.Repo, ["max_open_prs"] = 0, ["paused"] = true });
            if (!closed.IsSuccess) target.Leftovers.Add(target.Repo, $"the server does not pause it (status {paused.Status})");
        }
        catch (Exception failure) when (failure is CheckFailedException or OperationCanceledException)
        {
            target.Leftovers.Add(target.Repo, $"it could not be paused: {failure.Message}");
        }
    }

    private async Task SweepAsync(Stage stage, CancellationToken ct)
    {
        var list = await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(target.Repo)}&limit=200&status=" +
            "ready,offered,leased,in_progress,blocked,pr_opened,dead_letter");
        if (!list.IsSuccess || list.Find("items") is not { ValueKind: JsonValueKind.Array } items) return;
        foreach (var item in items.EnumerateArray())
            if (item.TextAt("task_id") is { } taskId) await stage.EndTaskAsync(taskId, ct);
    }
}
