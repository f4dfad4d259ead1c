using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Cli.Mcp.Tools;

namespace OwpPool.Cli.Mcp;

/// <summary>A resource for each task that is held, and one for any task by its id. The client is told when the list changes.</summary>
internal sealed class TaskResources : IDisposable
{
    private readonly AgentSession _session;
    private readonly Lock _lock = new();

    public TaskResources(AgentSession session)
    {
        _session = session;
        Listed = [new TaskResource(session, null)];
        session.Leases.Changed += Follow;
    }

    /// <summary>What the library lists and reads.</summary>
    public McpServerResourceCollection Listed { get; }

    /// <summary>Sees to it that the list is as the pool has it. It stays as it is where the pool does not answer or the agent is not
    /// registered: a menu of an editor is no place for errors, and the tools tell of them.</summary>
    public async ValueTask<ListResourcesResult> RefreshAsync(CancellationToken ct)
    {
        try
        {
            await _session.RefreshAsync(await _session.JoinAsync(ct), ct);
        }
        catch (Exception failure) when (ToolFailure.Explain(failure, null, _session.Leases) is not null)
        {
            _session.Log($"Resources are listed as last known: {failure.Message}");
        }
        // The library adds what is listed.
        return new ListResourcesResult();
    }

    public void Dispose() => _session.Leases.Changed -= Follow;

    private void Follow()
    {
        lock (_lock)
        {
            var held = _session.Leases.Held.ToDictionary(lease => TaskResource.UriOf(lease.TaskId));
            using var oneEvent = Listed.DeferChangedEvents();
            foreach (var resource in Listed.Where(resource => !resource.IsTemplated).ToList())
            {
                if (!held.Remove(resource.ProtocolResourceTemplate.UriTemplate)) Listed.Remove(resource);
            }
            foreach (var lease in held.Values) Listed.Add(new TaskResource(_session, lease));
        }
    }
}
