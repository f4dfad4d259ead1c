using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Connections;

/// <summary>Finds what a person means by the beginning of an id, or by a worker's name: one request, and never a guess.</summary>
internal static class Lookup
{
    /// <summary>Ids of a pool have at least this many characters, kind included.</summary>
    private const int WholeId = 22;

    /// <summary>The least that the pool looks for.</summary>
    private const int LeastPrefix = 6;

    /// <summary>Candidates that are named where several match.</summary>
    private const int MaxShown = 10;

    /// <summary>What ids of tasks begin with.</summary>
    public const string Task = "t_";

    private const string Worker = "w_";

    /// <summary>Whether a text may be the beginning of an id of a kind, long enough for the pool to look for.</summary>
    public static bool IsPrefix(string text, string kind) =>
        text.Length is >= LeastPrefix and < WholeId && text.StartsWith(kind, StringComparison.Ordinal);

    /// <summary>The id of a task.</summary>
    /// <param name="pool">With an admin's token any task, with a worker's one of its own.</param>
    /// <param name="given">An id, or its beginning.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="UsageException">Several tasks have ids that begin so.</exception>
    public static Task<string> TaskAsync(PoolClient pool, string given, CancellationToken ct) => FindAsync(
        given, Task, "tasks", () => pool.ListTasksAsync(new TaskQuery { IdPrefix = given }, MaxShown + 1, ct), task => task.TaskId,
        task => $"{task.TaskId}  {task.Status}  {task.Title}", ct);

    /// <summary>The ids of tasks, each as <see cref="TaskAsync"/> finds it; each once.</summary>
    public static async Task<IReadOnlyList<string>> TasksAsync(PoolClient pool, IEnumerable<string> given, CancellationToken ct)
    {
        var found = new List<string>();
        foreach (var one in given) found.Add(await TaskAsync(pool, one, ct));
        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The id of a worker.</summary>
    /// <param name="admin">Lists workers.</param>
    /// <param name="given">An id, its beginning, or a name that one worker only has.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="UsageException">No worker has the name, or several match.</exception>
    public static async Task<string> WorkerAsync(PoolClient admin, string given, CancellationToken ct)
    {
        if (given.StartsWith(Worker, StringComparison.Ordinal))
        {
            return await FindAsync(given, Worker, "workers",
                () => admin.ListWorkersAsync(new WorkerQuery { IdPrefix = given }, MaxShown + 1, ct), worker => worker.WorkerId, Describe, ct);
        }
        // Servers that do not know the filter answer with all workers.
        var named = await admin.ListWorkersAsync(new WorkerQuery { Name = given }, ct: ct)
            .Where(worker => worker.Name == given).Take(MaxShown + 1).ToListAsync(ct);
        return named switch
        {
            [] => throw new UsageException($"No worker has the name '{given}'. 'owp worker list' shows names and ids."),
            [var one] => one.WorkerId,
            _ => throw Several($"Several workers have the name '{given}'", named.ConvertAll(Describe), "Give the id of one."),
        };
    }

    /// <summary>What a change is of, or who made it: tasks and workers by the beginning of their ids; what else there is, as it is.</summary>
    /// <param name="admin">Lists tasks and workers.</param>
    /// <param name="given">What was given; null = nothing.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="UsageException">Several have ids that begin so.</exception>
    public static async Task<string?> SubjectAsync(PoolClient admin, string? given, CancellationToken ct)
    {
        if (given is null) return null;
        if (IsPrefix(given, Task)) return await TaskAsync(admin, given, ct);
        return IsPrefix(given, Worker) ? await WorkerAsync(admin, given, ct) : given;
    }

    /// <summary>The id of an open invite.</summary>
    /// <exception cref="UsageException">Several invites have ids that begin so.</exception>
    public static Task<string> InviteAsync(PoolClient admin, string given, CancellationToken ct) => FindAsync(
        given, "i_", "invites", () => OpenInvitesAsync(admin, ct), invite => invite.InviteId,
        invite => $"{invite.InviteId}  {invite.UsedBy.Count}/{invite.Uses}  {invite.TrustTier}", ct);

    private static async IAsyncEnumerable<InviteView> OpenInvitesAsync(
        PoolClient admin, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var invite in await admin.ListInvitesAsync(ct)) yield return invite;
    }

    private static async Task<string> FindAsync<T>(string given, string kind, string things, Func<IAsyncEnumerable<T>> list,
        Func<T, string> idOf, Func<T, string> describe, CancellationToken ct)
    {
        // The pool says what is wrong with what is no id.
        if (!IsPrefix(given, kind)) return given;
        var found = await list().Where(item => idOf(item).StartsWith(given, StringComparison.Ordinal)).Take(MaxShown + 1).ToListAsync(ct);
        if (found.Exists(item => idOf(item) == given)) return given;
        return found switch
        {
            [] => given,
            [var one] => idOf(one),
            _ => throw Several($"Several {things} have an id that begins with '{given}'", found.ConvertAll(item => describe(item)),
                "Give more characters of one."),
        };
    }

    private static UsageException Several(string what, List<string> candidates, string advice) => new(string.Join(Environment.NewLine,
        [$"{what}:", .. candidates.Take(MaxShown).Select(line => $"  {Printable.Of(line)}"),
            candidates.Count > MaxShown ? $"  and more. {advice}" : advice]));

    private static string Describe(WorkerSummary worker) =>
        $"{worker.WorkerId}  {worker.Name}  {(worker.Revoked ? "revoked" : worker.Status)}";
}
