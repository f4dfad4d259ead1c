using System.Globalization;
using Microsoft.Extensions.Options;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;
using OwpPool.Server.Hosting;
using OwpPool.Server.Workers;
using OwpPool.Storage;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks;

/// <summary>The list of ready tasks in the order in which they are given out. Read from the rows: no grain is asked.</summary>
public sealed class NextTasks(SqliteStorage storage, PoolBoard board, IOptions<MatchingOptions> options, TimeProvider clock)
{
    /// <summary>A page of it.</summary>
    /// <returns>The tasks, and where to go on; null if there are more ready tasks than a page may look at.</returns>
    public async Task<(IReadOnlyList<TaskItem> Items, ListPosition? Next)?> ListAsync(TaskPageQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        // Waiting changes ranks: all pages of a list are as of the instant of the first.
        var (now, after) = query.After is { } place ? Read(place.Key) : (clock.GetUtcNow(), "");
        var reasons = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (await storage.ReadModel.ListNextAsync(query, Order, cancellationToken) is not { } page) return null;
        var tasks = page.Items.Select(static item => PoolStateJson.Deserialize<TaskState>(item)).ToList();
        var dead = await DeadDependencies.LookAsync(storage, tasks, cancellationToken);
        return ([.. tasks.Select(task => TaskItem.From(task, dead.Of(task)) with { WaitsFor = reasons[task.TaskId] })], page.Next);

        IEnumerable<ListPosition> Order(NextPicture picture)
        {
            var listed = picture.Tasks.Where(row => row.Passes && row.Task.TaskId.StartsWith(query.IdPrefix ?? "", StringComparison.Ordinal)).ToDictionary(static row => row.Task.TaskId, static row => row.Id, StringComparer.Ordinal);
            var places = HandOut.Order(picture.Tasks.Select(row => ToTask(row, picture.Merged)),
                picture.Repos.ToDictionary(static repo => repo.Key, static repo => ToRepo(repo.Value.State, repo.Value.Held), StringComparer.Ordinal),
                options.Value.AgeingPointsPerHour, board.State.IsPaused(now), now);
            foreach (var found in places.Where(found => string.CompareOrdinal(found.Key, after) > 0))
            {
                if (!listed.TryGetValue(found.Task.TaskId, out var row)) continue;
                reasons[found.Task.TaskId] = found.WaitsFor is { } reason ? ExplainMapping.WordOf(reason) : null;
                yield return new ListPosition(row, string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds()}|{found.Key}"));
            }
        }
    }

    private static (DateTimeOffset Now, string Key) Read(string key)
    {
        var split = key.IndexOf('|', StringComparison.Ordinal);
        return (DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(key.AsSpan(0, split), CultureInfo.InvariantCulture)), key[(split + 1)..]);
    }

    private static HandOutTask ToTask(NextRow row, IReadOnlySet<string> merged)
    {
        var task = row.Task;
        var isDependent = task.Token == 0 && !task.DependsOn.All(merged.Contains);
        return new HandOutTask(task.TaskId, row.Repo, task.Priority, task.ReadyAt, task.EligibleAt, task.AreaKey, isDependent);
    }

    private static HandOutRepo ToRepo(byte[] state, IReadOnlyList<HeldTaskRow> held)
    {
        var settings = PoolStateJson.Deserialize<RepoState>(state).Settings;
        var locked = RepoAdmission.LockedAreas(settings, held.Select(GrainReadModel.ToEntry));
        return new HandOutRepo(settings.Paused, settings.MaxOpenPrs, held.Count, settings.AreaLocksEnabled, locked);
    }
}
