using System.Text.Json.Nodes;

namespace OwpPool.EndToEnd.Tests.Crash;

/// <summary>One worker: takes work and reports on it, mostly as it should, now and then late, wrong, silent or with another's token.
/// </summary>
internal sealed class WorkerTraffic(PoolCaller caller, string name, Random dice, IReadOnlyList<string> repos)
{
    private const int KeptKeys = 20;
    private const int KeptLeases = 50;

    private readonly List<ToldLease> _held = [];
    private readonly List<ToldLease> _past = [];
    private readonly List<string> _underReview = [];
    private readonly List<(OperationKind Kind, string? Target, string Key, string Path, object Body)> _keyed = [];
    private string _workerId = "";
    private string _token = "";

    /// <summary>Works until it is told to stop.</summary>
    public async Task RunAsync()
    {
        while (_token.Length == 0 && !caller.Stop.IsCancellationRequested) await RegisterAsync();
        while (!caller.Stop.IsCancellationRequested) await StepAsync();
    }

    private async Task RegisterAsync()
    {
        var operation = New(OperationKind.Register);
        var skills = new[] { "go", "rust" }[..dice.Next(3)];
        var answer = await caller.SendAsync(operation, null, "/v1/workers/register",
            new { name, skills, capacity_points = dice.Next(3, 9), max_concurrent_tasks = dice.Next(1, 4) }, repeats: false);
        if (answer is not null)
        {
            (_workerId, _token) = ((string)answer["worker_id"]!, (string)answer["token"]!);
            operation.Answer = _workerId;
        }
        caller.History.Ended(operation);
    }

    private Task StepAsync() => dice.Next(100) switch
    {
        < 1 when dice.Next(4) == 0 => SleepAsync(),
        < 4 => ReplayAsync(),
        < 8 => HeartbeatAsync(),
        < 10 => DescribeAsync(),
        < 16 when _past.Count > 0 => WrongReportAsync(),
        < 40 when _underReview.Count > 0 => ReviewAsync(),
        < 85 when _held.Count > 0 => WorkAsync(_held[dice.Next(_held.Count)]),
        _ => AskAsync(),
    };

    /// <summary>Longer than a sign of life counts, sometimes: the pool takes the tasks away.</summary>
    private Task SleepAsync() => Task.Delay(TimeSpan.FromSeconds(dice.Next(1, 16)), caller.Stop);

    private async Task AskAsync()
    {
        var (wait, max) = (dice.Next(5) == 0 ? dice.Next(1, 3) : 0, dice.Next(1, 4));
        if (dice.Next(3) == 0)
        {
            await ListAsync(New(OperationKind.GetWork), $"/v1/work?wait_seconds={wait}&max={max}", null);
            return;
        }
        const string path = "/v1/claims";
        var key = dice.Next(2) == 0 ? NewKey() : null;
        var operation = New(key is null ? OperationKind.Claim : OperationKind.KeyedClaim) with { Key = key };
        string[] chosen = dice.Next(4) == 0 ? [repos[dice.Next(repos.Count)]] : [];
        var body = new { wait_seconds = wait, max, repos = chosen };
        await ListAsync(operation, path, body);
        if (key is not null) Keep(operation, path, body);
    }

    private Task HeartbeatAsync() => ListAsync(New(OperationKind.Heartbeat), "/v1/workers/heartbeat",
        new { status = dice.Next(20) switch { 0 => "offline", 1 => "paused", < 10 => "idle", _ => "working" } });

    private Task DescribeAsync() => ListAsync(New(OperationKind.Describe), "/v1/workers/me", null);

    /// <summary>Sends what is answered with all leases, and believes the answer.</summary>
    private async Task ListAsync(Operation operation, string path, object? body)
    {
        if (await caller.SendAsync(operation, _token, path, body, repeats: true) is not null)
        {
            var tokens = _past.ToDictionary(lease => lease.LeaseId, lease => lease.Token, StringComparer.Ordinal);
            _held.Clear();
            _held.AddRange(operation.Leases.Select(lease => lease with { Token = lease.Token ?? tokens.GetValueOrDefault(lease.LeaseId) }));
            _past.AddRange(_held.Where(lease => !tokens.ContainsKey(lease.LeaseId)));
            if (_past.Count > KeptLeases) _past.RemoveRange(0, _past.Count - KeptLeases);
        }
        caller.History.Ended(operation);
    }

    private Task WorkAsync(ToldLease lease) => dice.Next(20) switch
    {
        0 => GiveBackAsync(lease, OperationKind.Release),
        1 => GiveBackAsync(lease, OperationKind.Fail),
        < 5 => RenewAsync(lease),
        < 7 => ReportAsync(OperationKind.Report, lease, "blocked"),
        < 14 => ReportAsync(OperationKind.Report, lease, "in_progress"),
        _ => ReportAsync(OperationKind.Report, lease, "pr_opened"),
    };

    /// <summary>Back from review: merged, or changes were requested.</summary>
    private Task ReviewAsync()
    {
        var taskId = _underReview[dice.Next(_underReview.Count)];
        return ReportAsync(OperationKind.Report, new ToldLease(taskId, "", default), dice.Next(4) == 0 ? "in_progress" : "merged");
    }

    /// <summary>A report that must not count: by a lease of the past, on another's task, or with another's credentials.</summary>
    private Task WrongReportAsync()
    {
        var past = _past[dice.Next(_past.Count)];
        var status = dice.Next(2) == 0 ? "in_progress" : "pr_opened";
        return dice.Next(4) switch
        {
            0 => ReportAsync(OperationKind.StaleReport, past with { LeaseId = "", Token = past.Token - 1 }, status),
            1 => ReportAsync(OperationKind.ForgedReport, past, status),
            _ => ReportAsync(OperationKind.StaleReport, past, status),
        };
    }

    private async Task ReportAsync(OperationKind kind, ToldLease lease, string status)
    {
        var token = dice.Next(10) == 0 && kind is OperationKind.Report ? null : lease.Token;
        var leaseId = dice.Next(2) == 0 || lease.LeaseId.Length == 0 ? null : lease.LeaseId;
        var operation = New(kind) with { Target = lease.TaskId, LeaseId = leaseId, Token = token, Asked = status };
        // One flipped letter of the secret part.
        var credential = kind is OperationKind.ForgedReport ? _token[..^3] + (_token[^3] == 'A' ? 'B' : 'A') + _token[^2..] : _token;
        var answer = await caller.SendAsync(operation, credential, $"/v1/tasks/{lease.TaskId}/status",
            new { status, message = operation.Marker, lease_id = leaseId, fencing_token = token }, repeats: true);
        if (answer is not null)
        {
            operation.Answer = (string)answer["status"]!;
            _underReview.Remove(lease.TaskId);
            if (status is "pr_opened" or "merged") _held.RemoveAll(held => held.TaskId == lease.TaskId);
            if (status is "pr_opened") _underReview.Add(lease.TaskId);
        }
        else if (operation is { Outcome: OperationOutcome.Refused, Reason: not "wrong_phase", IsForged: false })
        {
            _underReview.Remove(lease.TaskId);
            _held.RemoveAll(held => held == lease);
        }
        caller.History.Ended(operation);
    }

    private async Task GiveBackAsync(ToldLease lease, OperationKind kind)
    {
        var key = dice.Next(2) == 0 ? NewKey() : null;
        var operation = New(kind) with { Target = lease.TaskId, LeaseId = lease.LeaseId, Token = lease.Token, Key = key };
        var path = kind is OperationKind.Release ? $"/v1/tasks/{lease.TaskId}/release" : $"/v1/tasks/{lease.TaskId}/status";
        object body = kind is OperationKind.Release
            ? new { reason = operation.Marker, lease_id = lease.LeaseId, fencing_token = lease.Token }
            : new { status = "failed", message = operation.Marker, lease_id = lease.LeaseId, fencing_token = lease.Token };
        var answer = await caller.SendAsync(operation, _token, path, body, repeats: key is not null);
        operation.Answer = (string?)answer?["status"];
        _held.Remove(lease);
        caller.History.Ended(operation);
        if (key is not null) Keep(operation, path, body);
    }

    private async Task RenewAsync(ToldLease lease)
    {
        var operation = New(OperationKind.Renew) with { Target = lease.TaskId, LeaseId = lease.LeaseId };
        await caller.SendAsync(operation, _token, $"/v1/leases/{lease.LeaseId}/renew", new { }, repeats: true);
        if (operation.Outcome is OperationOutcome.Refused) _held.Remove(lease);
        caller.History.Ended(operation);
    }

    /// <summary>Sends an answered request with a key again: the answer must be the first one, whatever happened since. That of a claim is
    /// what is left of its leases.</summary>
    private async Task ReplayAsync()
    {
        if (_keyed.Count == 0) return;
        var (kind, target, key, path, body) = _keyed[dice.Next(_keyed.Count)];
        if (kind is OperationKind.KeyedClaim)
        {
            await ListAsync(New(kind) with { Key = key }, path, body);
            return;
        }
        // Only the answers are compared: what the request did is in the history already.
        await caller.SendAsync(New(kind) with { Target = target, Key = key }, _token, path, body, repeats: true);
    }

    private void Keep(Operation operation, string path, object body)
    {
        if (operation.Outcome is OperationOutcome.Unknown) return;
        if (_keyed.Count == KeptKeys) _keyed.RemoveAt(0);
        _keyed.Add((operation.Kind, operation.Target, operation.Key!, path, body));
    }

    private string NewKey() => $"key-{caller.History.NextNumber()}";

    private Operation New(OperationKind kind) => new(caller.History.NextNumber(), kind, _workerId.Length > 0 ? _workerId : name);
}
