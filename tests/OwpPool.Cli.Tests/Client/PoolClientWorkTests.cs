using System.Net;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Client;

/// <summary>What a worker asks about itself, its work and its leases.</summary>
public sealed class PoolClientWorkTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestPool _pool = null!;
    private PoolClient _worker = null!;

    public async Task InitializeAsync()
    {
        _pool = await TestPool.StartAsync(_folder.File("pool.db"));
        foreach (var repo in new[] { "acme/shop", "acme/blog" }) await _pool.Admin.PutRepoAsync(new RepoRequest(repo));
        var registered = await _pool.Admin.RegisterAsync(new RegisterRequest("ada") { Skills = ["sql"], CapacityPoints = 8 });
        _worker = _pool.Admin.AsWorker(registered.Token);
    }

    public async Task DisposeAsync()
    {
        _worker.Dispose();
        await _pool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetTask_HeldThenReleased_TellsOfTheLeaseAndOfTheAttempt()
    {
        var added = await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix it") { Description = "All of it." });
        var lease = Assert.Single((await _worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30 })).Leases);

        var held = await _worker.GetTaskAsync(added.TaskId);
        var released = await _worker.ReleaseAsync(added.TaskId, new ReleaseRequest { Reason = "Too hard.", LeaseId = lease.LeaseId });

        Assert.Equal(("All of it.", "leased", lease.LeaseId), (held.Description, held.Status, held.Lease?.LeaseId));
        Assert.Equal("task.leased", held.Timeline[^1].Type);
        Assert.Equal("ready", released.Status);
        var attempt = Assert.Single((await _pool.Admin.GetTaskAsync(added.TaskId)).Attempts);
        Assert.Equal(("released", "Too hard.", false), (attempt.Outcome, attempt.Reason, attempt.Counted));
    }

    [Fact]
    public async Task ExplainWork_TaskAndAll_SayWhy()
    {
        var added = await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Style it") { RequiredSkills = ["css"] });

        var one = await _worker.ExplainWorkAsync(added.TaskId);
        var all = await _worker.ExplainWorkAsync();

        Assert.Equal(("ready", false, "skill_missing"), (one.Task!.Phase, one.Task.Eligible, one.Task.Reason));
        Assert.Null(all.Task);
        Assert.Equal(1, Assert.Single(all.Repos, repo => repo.Repo == "acme/shop").Reasons["skill_missing"]);
        Assert.Equal((8, 2), (all.FreePoints, all.FreeSlots));
    }

    [Fact]
    public async Task GetTask_OfAnotherWorker_IsNotThere()
    {
        var added = await _pool.Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix it"));

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _worker.GetTaskAsync(added.TaskId));

        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (problem.Status, problem.Code));
    }
}
