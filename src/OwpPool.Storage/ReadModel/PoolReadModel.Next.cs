using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Ready tasks in the order in which they are given out.</summary>
public sealed partial class PoolReadModel
{
    private static readonly SqlText RepoPayload = new(
        "SELECT PayloadBinary FROM OrleansStorage WHERE GrainTypeString = 'repo' AND GrainIdExtensionString = 'repo/' || ?1 AND GrainIdN0 = 0 AND GrainIdN1 = 0");

    /// <summary>A page of ready tasks in an order of the caller's.</summary>
    /// <param name="query">Repo and filter; its order and phases are not looked at.</param>
    /// <param name="order">The places of the tasks that are left of the list, each with its row's id.</param>
    /// <param name="cancellationToken">Looked at before the read.</param>
    /// <returns>Null if there are more ready tasks than a page may look at.</returns>
    public Task<ListPage?> ListNextAsync(
        TaskPageQuery query, Func<NextPicture, IEnumerable<ListPosition>> order, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ =>
            {
                if (ReadNext(connection, query) is not { } picture)
                    return null;
                var page = order(picture).Take(query.Limit + 1).ToList();
                return new ListPage(
                    [.. page.Take(query.Limit).Select(place => PayloadOf(connection, place.Id))],
                    page.Count > query.Limit ? page[query.Limit - 1] : null);
            }),
            cancellationToken);

    private static NextPicture? ReadNext(NativeConnection connection, TaskPageQuery query)
    {
        var (parser, tasks) = (new BacklogParser(), new List<NextRow>());
        var repos = new Dictionary<string, (byte[], IReadOnlyList<HeldTaskRow>)>(StringComparer.Ordinal);
        foreach (var repo in query.Repo is { } one ? [one] : RepoKeysOfTasks(connection))
        {
            var ids = IdsAfter(connection, [new Arm(OfRepo, repo, "ready")], newest: false, 0, MaxLookedAt + 1 - tasks.Count);
            if (ids.Count == 0 || RowReader.ToList(connection, RepoPayload, [repo], row => row.GetUtf8(0).ToArray()) is not [var state])
                continue;
            foreach (var id in ids)
            {
                tasks.Add(LookAt(connection, id, row => new NextRow(id, repo, parser.Parse(row.GetUtf8(0)),
                    query.Filter == TaskFilter.None || query.Filter.Passes(TaskMarks.Of(row.GetUtf8(0))))));
            }

            if (tasks.Count > MaxLookedAt)
                return null;
            repos[repo] = (state, RowReader.ToList(connection, HeldTasks, [repo], ToHeldTask));
        }

        return new NextPicture { Tasks = tasks, Repos = repos, Merged = MergedOf(connection, tasks) };
    }

    private static HashSet<string> MergedOf(NativeConnection connection, IEnumerable<NextRow> tasks)
    {
        var needs = tasks.SelectMany(row => row.Task.DependsOn).Distinct(StringComparer.Ordinal);
        return needs.Where(id => RowReader.ToList(connection, Phase, [id], row => row.GetText(0)) is ["merged", ..]).ToHashSet(StringComparer.Ordinal);
    }
}
