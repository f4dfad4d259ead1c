using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance;

/// <summary>Where one check plays: its callers, its workers and tasks, which end with it.</summary>
internal sealed partial class Stage
{
    public const string RegisterPath = "/v1/workers/register";

    private readonly Target _target;
    private readonly Check _check;
    private readonly Crew _crew;
    private readonly CancellationToken _ct;
    private readonly List<string> _tasks = [];
    private readonly List<Worker> _workers = [];
    private readonly List<Registration> _lendable = [];
    private readonly Lock _lock = new();
    private bool _hasArrived;

    public Stage(Target target, Check check, Crew crew, CancellationToken ct)
    {
        (_target, _check, _crew, _ct) = (target, check, crew, ct);
        Admin = new Caller(this, "admin", ("X-Admin-Token", target.AdminToken));
        Nobody = new Caller(this, "nobody");
        Skill = crew.Skill;
        Mark = $"conf-{target.RunId}-{check.Id}".ToLowerInvariant();
    }

    public Caller Admin { get; }

    public Caller Nobody { get; }

    /// <summary>What the check's tasks ask for unless it says otherwise, and its workers know. No check that runs beside has it.</summary>
    public string Skill { get; }

    /// <summary>A word that no other check uses.</summary>
    public string Mark { get; }

    public string Repo => _target.Repo;

    public Target Target => _target;

    public CancellationToken Cancellation => _ct;

    public Task<WireAnswer> SendAsync(Call call) => SendAsync(call, _ct);

    public Task<EventStream> FollowAsync(Call call) => _target.Http.FollowAsync(call, _ct);

    public string NewPullRequest() => _target.NewPullRequest();

    /// <summary>A caller with these headers.</summary>
    public Caller As(string who, params (string Name, string Value)[] headers) => new(this, who, headers);

    /// <summary>A worker with the check's skill that holds nothing.</summary>
    public async Task<Worker> WorkerAsync(int points = 20, int concurrent = 10)
    {
        if (_crew.Take(points, concurrent) is { } known)
        {
            var worker = new Worker(this, known.Id, known.Token);
            lock (_lock)
            {
                _workers.Add(worker);
                _lendable.Add(known);
            }
            return worker;
        }
        var fresh = await FreshWorkerAsync(points, concurrent);
        lock (_lock) _lendable.Add(new Registration(fresh.Id, fresh.Token, points, concurrent));
        return fresh;
    }

    /// <summary>A worker with the check's skill, and others, that nobody has used before and nobody will after.</summary>
    public async Task<Worker> FreshWorkerAsync(int points = 20, int concurrent = 10, params string[] moreSkills)
    {
        var skills = new JsonArray(Skill);
        foreach (var skill in moreSkills) skills.Add(skill);
        var answer = await Nobody.PostAsync(RegisterPath, new JsonObject
        {
            ["name"] = "conformance",
            ["skills"] = skills,
            ["capacity_points"] = points,
            ["max_concurrent_tasks"] = concurrent,
        });
        answer.Must(answer.IsSuccess, "status 201");
        return WorkerOf(answer);
    }

    /// <summary>A fresh worker that alone can take what <see cref="LoneFields"/> describes: it gets a task back that others would get first.
    /// </summary>
    public Task<Worker> LoneWorkerAsync() => FreshWorkerAsync(20, 10, Mark);

    /// <summary>A task that takes the check's own word, too.</summary>
    public JsonObject LoneFields() => new() { ["required_skills"] = new JsonArray(Skill, Mark) };

    /// <summary>The worker that a registration answered with; it ends with the check in any case.</summary>
    public Worker WorkerOf(WireAnswer registration)
    {
        var id = registration.Text("worker_id");
        lock (_lock)
        {
            // Noted when the answer came.
            if (_workers.Find(known => known.Id == id) is { } worker) return worker;
        }
        throw new CheckFailedException(registration.Sent, "a member 'token' that is a string", registration.ToString());
    }

    /// <summary>A new task that asks for the check's skill.</summary>
    public async Task<string> TaskAsync(JsonObject? fields = null)
    {
        var answer = await CreateAsync(fields);
        answer.Must(answer.IsSuccess, "status 201");
        return answer.Text("task_id");
    }

    /// <summary>The answer to a new task that asks for the check's skill.</summary>
    public Task<WireAnswer> CreateAsync(JsonObject? fields = null) => Admin.PostAsync("/v1/admin/tasks", Fields(fields));

    /// <summary>A new task's fields: those given, and what else it needs.</summary>
    public JsonObject Fields(JsonObject? fields = null)
    {
        var body = fields ?? [];
        body.TryAdd("repo", Repo);
        body.TryAdd("title", $"Conformance {_check.Id}");
        body.TryAdd("required_skills", new JsonArray(Skill));
        body.TryAdd("estimate_points", 1);
        body.TryAdd("priority", 5);
        return body;
    }

    /// <summary>A lease of a new task for the worker.</summary>
    public async Task<Lease> LeaseAsync(Worker worker, JsonObject? fields = null)
    {
        var taskId = await TaskAsync(fields);
        return await GetAsync(worker, taskId);
    }

    /// <summary>The worker's lease of a task that it must get.</summary>
    public async Task<Lease> GetAsync(Worker worker, string taskId)
    {
        var (answer, leases) = await worker.AskForAnswerAsync();
        answer.Must(leases.Any(lease => lease.TaskId == taskId), $"a lease of {taskId}");
        return leases.First(lease => lease.TaskId == taskId);
    }

    /// <summary>Asks for work in the run's repo: by POST /v1/claims where there is one, so that nobody else's task is taken.</summary>
    internal async Task<(WireAnswer Answer, IReadOnlyList<Lease> Leases)> AskAsync(Worker worker, int? max, int wait)
    {
        WireAnswer answer;
        if (_target.HasClaims)
        {
            var body = new JsonObject { ["repos"] = new JsonArray(Repo) };
            if (max is { } most) body["max"] = most;
            if (wait > 0) body["wait_seconds"] = wait;
            answer = await worker.SendAsync(new Call(HttpMethod.Post, "/v1/claims") { Body = Call.Encode(body),
                Wait = TimeSpan.FromSeconds(wait) });
        }
        else
        {
            answer = wait > 0 ? await worker.PollAsync(wait)
                : await worker.GetAsync(max is { } most ? string.Create(CultureInfo.InvariantCulture, $"/v1/work?max={most}") : "/v1/work");
        }
        answer.Is(200);
        return (answer, [.. Lease.ListOf(answer).Where(IsOurs)]);
    }

    /// <summary>Whether a lease is of the run's repo. Others' work goes back when the check ends.</summary>
    public bool IsOurs(Lease lease) => string.Equals(lease.Text("repo"), Repo, StringComparison.OrdinalIgnoreCase);

    /// <summary>A task as an admin sees it.</summary>
    public async Task<WireAnswer> LookAsync(string taskId) => (await Admin.GetAsync($"/v1/tasks/{taskId}")).Is(200);

    /// <summary>A task must be in this phase.</summary>
    public async Task<WireAnswer> MustBeAsync(string taskId, string phase) => (await LookAsync(taskId)).Has("status", phase);

    /// <summary>An admin's act on a task, which must be taken.</summary>
    public async Task<WireAnswer> ActAsync(string taskId, string verb, JsonObject? body = null)
    {
        var answer = await Admin.PostAsync($"/v1/admin/tasks/{taskId}/{verb}", body ?? new JsonObject { ["reason"] = "conformance" });
        return answer.Is(200);
    }

    /// <summary>Changes settings of the run's repo; for checks that have it alone.</summary>
    public async Task<WireAnswer> SetRepoAsync(JsonObject settings)
    {
        settings["repo"] = Repo;
        var answer = await Admin.PostAsync("/v1/admin/repos", settings);
        return answer.Must(answer.IsSuccess, "status 201");
    }

    /// <summary>Returns when it holds.</summary>
    public async Task EventuallyAsync(Func<Task<(WireAnswer Answer, bool Holds)>> look, string expected)
    {
        for (var end = DateTime.UtcNow + TimeSpan.FromSeconds(30); ;)
        {
            var (answer, holds) = await look();
            if (holds) return;
            if (DateTime.UtcNow > end) answer.Must(false, $"{expected}, within 30 s");
            await Task.Delay(TimeSpan.FromMilliseconds(100), _ct);
        }
    }

    public async Task<WireAnswer> SendAsync(Call call, CancellationToken ct)
    {
        if (call.Path == RegisterPath) call = Invited(call);
        var answer = await _target.Http.SendAsync(call, ct);
        if (call.Method == HttpMethod.Post && answer.IsSuccess) Note(call.Path, answer);
        return answer;
    }

    /// <summary>The registration with the run's invite, where the server asks for one and the check has none of its own.</summary>
    private Call Invited(Call call)
    {
        if (_target.Invite is not { } invite || call.Body is not { } sent) return call;
        try
        {
            if (JsonNode.Parse(sent) is not JsonObject body || body.ContainsKey("invite")) return call;
            body["invite"] = invite;
            return call with { Body = Call.Encode(body) };
        }
        catch (JsonException)
        {
            // Some checks send what is no JSON.
            return call;
        }
    }

    /// <summary>Notes what an answer says to have made, also where the check did not want it made.</summary>
    private void Note(string path, WireAnswer answer)
    {
        lock (_lock)
        {
            if (path == RegisterPath && answer.TextOrNull("worker_id") is { } id && answer.TextOrNull("token") is { } token)
            {
                _target.Http.Secrets.Add(token);
                if (!_workers.Exists(worker => worker.Id == id)) _workers.Add(new Worker(this, id, token));
            }
            if (!path.StartsWith("/v1/admin/tasks", StringComparison.Ordinal)) return;
            if (path == "/v1/admin/tasks" && answer.TextOrNull("task_id") is { } taskId) _tasks.Add(taskId);
            if (answer.Find("task_ids") is { ValueKind: JsonValueKind.Array } taskIds)
                _tasks.AddRange(taskIds.EnumerateArray().Select(item => item.Shown()));
        }
    }
}
