using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>A pool with one repo, and a registration for the agent.</summary>
public abstract class McpTestBase : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private protected TestPool Pool { get; private set; } = null!;

    private protected RegisterReply Worker { get; private set; } = null!;

    /// <summary>What the agent's process finds in its environment.</summary>
    private protected Dictionary<string, string> Variables { get; } = [];

    /// <summary>Settings of the pool.</summary>
    private protected virtual (string Name, string Value)[] Settings => [];

    public async Task InitializeAsync()
    {
        Pool = await TestPool.StartAsync(_folder.File("pool.db"), Settings);
        await Pool.Admin.PutRepoAsync(new RepoRequest("acme/shop") { MaxOpenPrs = 10 });
        Worker = await Pool.Admin.RegisterAsync(new RegisterRequest("agent") { Skills = ["sql"], MaxConcurrentTasks = 3 });
        Variables["XDG_CONFIG_HOME"] = _folder.FullPath;
        Variables["OWP_URL"] = Pool.Address.AbsoluteUri;
        Variables["OWP_TOKEN"] = Worker.Token;
        // It lies around on a maintainer's machine, and must not be touched.
        Variables["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken;
    }

    public async Task DisposeAsync()
    {
        await Pool.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<string> AddTaskAsync(string title = "Index orders", Func<TaskRequest, TaskRequest>? change = null)
    {
        var task = new TaskRequest("acme/shop", title) { Description = "By customer and date.", RequiredSkills = ["sql"] };
        return (await Pool.Admin.AddTaskAsync(change?.Invoke(task) ?? task)).TaskId;
    }

    private protected async Task<string> StatusOfAsync(string taskId) => (await Pool.Admin.GetTaskAsync(taskId)).Status;

    private protected Task<McpAgent> StartAgentAsync(params string[] options) => McpAgent.StartAsync(Variables, options);
}
