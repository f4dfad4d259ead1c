using System.Text.Json.Nodes;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Support;

/// <summary>A pool of one test class, and a shell at it for each test.</summary>
public sealed class CommandPool : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private int _repos;

    internal TestPool Pool { get; private set; } = null!;

    internal PoolClient Admin => Pool.Admin;

    public async Task InitializeAsync() => Pool = await TestPool.StartAsync(_folder.File("pool.db"));

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A repo of one test.</summary>
    internal async Task<string> NewRepoAsync(int maxOpenPrs = 5) =>
        (await Admin.PutRepoAsync(new RepoRequest($"acme/repo{Interlocked.Increment(ref _repos)}") { MaxOpenPrs = maxOpenPrs })).Repo;

    /// <summary>A task that only workers with the skill of its name can take.</summary>
    internal async Task<string> NewTaskAsync(string repo, string title = "Fix it") =>
        (await Admin.AddTaskAsync(new TaskRequest(repo, title) { RequiredSkills = [repo] })).TaskId;
}

internal static class ProgramResultExtensions
{
    /// <summary>The output of a command that went well, as JSON.</summary>
    public static JsonNode Json(this ProgramResult result)
    {
        Assert.True(result.ExitCode == ExitCodes.Done, $"{result.ExitCode}: {result.Error}");
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>The output of a command that went well, by line and tab.</summary>
    public static string[][] Cells(this ProgramResult result)
    {
        Assert.True(result.ExitCode == ExitCodes.Done, $"{result.ExitCode}: {result.Error}");
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }
}
