using Microsoft.Extensions.DependencyInjection;
using Orleans;
using OwpPool.Grains;
using OwpPool.Grains.Workers;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Reputation;

public sealed class OutcomeFollowerTests
{
    [Fact]
    public async Task Follower_AWorkersGrainFails_TellsTheOthersAndThatOneLater()
    {
        var filter = new DeafWorker();
        await using var server = await TestServer.StartAsync(services => services.AddSingleton<IIncomingGrainCallFilter>(filter));
        var (deaf, deafToken) = await server.RegisterAsync();
        var (other, otherToken) = await server.RegisterAsync();
        filter.WorkerId = deaf;

        await FailAsync(server, deafToken);
        await FailAsync(server, otherToken);
        await Eventually.TrueAsync(async () => await CountAsync(server, other) == 1, "the other is told");
        Assert.Equal(0, await CountAsync(server, deaf));

        filter.WorkerId = null;
        await Eventually.TrueAsync(async () => await CountAsync(server, deaf) == 1, "the one that failed is told");
        Assert.Equal(1, await CountAsync(server, other));
    }

    private static async Task FailAsync(TestServer server, string token)
    {
        var repo = await server.AddRepoAsync();
        var taskId = await server.AddTaskAsync(repo);
        await server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", token);
        Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{taskId}/status", """{"status":"failed"}""", token)).Status);
    }

    private static async Task<int> CountAsync(TestServer server, string workerId)
    {
        var answer = await server.GetAsync($"/v1/workers/{workerId}/reputation", admin: TestServer.AdminToken);
        return (int)answer.Json!["metrics"]!["total_tasks"]!;
    }

    /// <summary>One worker's grain does not hear what became of its leases.</summary>
    private sealed class DeafWorker : IIncomingGrainCallFilter
    {
        private volatile string? _workerId;

        public string? WorkerId
        {
            set => _workerId = value;
        }

        public Task Invoke(IIncomingGrainCallContext context) =>
            context.Grain is WorkerGrain && context.MethodName == nameof(IWorkerGrain.LearnAsync) && _workerId is { } deaf
                && context.TargetId.Key.ToString()!.Contains(deaf, StringComparison.Ordinal)
                ? throw new IOException("This worker hears nothing.")
                : context.Invoke();
    }
}
