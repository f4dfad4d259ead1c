using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Matching;

/// <summary>In which order ready tasks are given out, over all repos (protocol rule 2), and what keeps each of them back. Pure.</summary>
/// <remarks>First what only a review or another task can keep back, best rank first: it goes as soon as that ends. Then what rests, by the end
/// of its rest; then what depends on others; then what only a maintainer can let go. Who may take a task is not looked at.</remarks>
public static class HandOut
{
    /// <summary>Of equals in different repos the one whose repo's key comes first, as claims ask the repos.</summary>
    /// <param name="tasks">All ready tasks of the repos.</param>
    /// <param name="repos">By canonical key.</param>
    /// <param name="pointsPerHour">Priority that a task gains for each full hour of waiting.</param>
    /// <param name="isPoolPaused">Whether nothing is given out at all.</param>
    /// <param name="now">The present.</param>
    public static IReadOnlyList<HandOutPlace> Order(
        IEnumerable<HandOutTask> tasks, IReadOnlyDictionary<string, HandOutRepo> repos, int pointsPerHour, bool isPoolPaused, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(repos);
        var places = tasks.Select(task => Place(task, repos[task.Repo], pointsPerHour, now)).ToList();
        places.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var rooms = repos.ToDictionary(static repo => repo.Key, static repo => new Room(repo.Value), StringComparer.Ordinal);
        return [.. places.Select(place => place with
        {
            WaitsFor = isPoolPaused ? Ineligibility.PoolPaused : place.WaitsFor ?? rooms[place.Task.Repo].Take(place.Task),
        })];
    }

    private static HandOutPlace Place(HandOutTask task, HandOutRepo repo, int pointsPerHour, DateTimeOffset now)
    {
        var (group, waitsFor) = (repo, task) switch
        {
            ({ IsPaused: true }, _) => (3, Ineligibility.RepoPaused),
            ({ MaxOpenPrs: 0 }, _) => (3, Ineligibility.BudgetExhausted),
            (_, { EligibleAt: { } at }) when at > now => (1, Ineligibility.NotBefore),
            (_, { IsDependent: true }) => (2, Ineligibility.DependencyOpen),
            _ => (0, (Ineligibility?)null),
        };
        var rest = group == 1 ? Instants.Text(task.EligibleAt!.Value) : "";
        var rank = long.MaxValue - Backlog.RankOf(task.Priority, task.ReadyAt, pointsPerHour, now);
        return new HandOutPlace(task, waitsFor, string.Create(
            CultureInfo.InvariantCulture, $"{group}{rest} {rank:D19} {task.Repo} {Instants.Text(task.ReadyAt)} {task.TaskId}"));
    }

    /// <summary>What is left of a repo while its tasks are given out one after the other.</summary>
    private sealed class Room(HandOutRepo repo)
    {
        private readonly HashSet<string> _locked = [.. repo.LockedAreas];
        private int _used = repo.Used;

        /// <returns>Why the task is not given out; null = it is.</returns>
        public Ineligibility? Take(HandOutTask task)
        {
            if (_used >= repo.MaxOpenPrs) return Ineligibility.BudgetExhausted;
            if (repo.HasAreaLocks && task.AreaKey is { } area && !_locked.Add(area)) return Ineligibility.AreaLocked;
            _used++;
            return null;
        }
    }
}

/// <summary>A ready task, as far as it decides when it is given out.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Repo">Canonical key.</param>
/// <param name="Priority">0..1000.</param>
/// <param name="ReadyAt">Since when it counts as waiting.</param>
/// <param name="EligibleAt">Not before this; null = now.</param>
/// <param name="AreaKey">The area as compared; null = none.</param>
/// <param name="IsDependent">It waits for another task to be merged.</param>
public sealed record HandOutTask(
    string TaskId, string Repo, int Priority, DateTimeOffset ReadyAt, DateTimeOffset? EligibleAt, string? AreaKey, bool IsDependent);

/// <summary>A repo, as far as it decides what is given out.</summary>
/// <param name="IsPaused">By its maintainers.</param>
/// <param name="MaxOpenPrs">Its review budget.</param>
/// <param name="Used">How many of its tasks hold budget.</param>
/// <param name="HasAreaLocks">Whether one task of an area is given out at a time.</param>
/// <param name="LockedAreas">Areas that are held.</param>
public sealed record HandOutRepo(bool IsPaused, int MaxOpenPrs, int Used, bool HasAreaLocks, IReadOnlySet<string> LockedAreas);

/// <summary>A task's place in the order.</summary>
/// <param name="Task">The task.</param>
/// <param name="WaitsFor">Why it would not be given out now, if all before it were; null = it would.</param>
/// <param name="Key">Its place as a text: the lower one, byte by byte, comes first. Differs from task to task.</param>
public sealed record HandOutPlace(HandOutTask Task, Ineligibility? WaitsFor, string Key);
