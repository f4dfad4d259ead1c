using System.CommandLine;

namespace OwpPool.Cli.Output;

/// <summary>The beginning of a long list.</summary>
internal static class Taking
{
    /// <summary>The most that one page of the pool holds.</summary>
    private const int MaxPage = 200;

    public static int PageSize(int limit) => Math.Min(limit, MaxPage);

    /// <summary>As many as were asked for. Who named no number is told where there are more.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="list">The list by the length of its pages.</param>
    /// <param name="limit">The option that says how many.</param>
    /// <param name="usual">How many without it.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<IReadOnlyList<T>> FirstAsync<T>(
        Invocation invocation, Func<int, IAsyncEnumerable<T>> list, Option<int?> limit, int usual, CancellationToken ct)
    {
        var most = invocation.Get(limit) ?? usual;
        var found = new List<T>();
        await foreach (var item in list(PageSize(most)).WithCancellation(ct))
        {
            if (found.Count == most)
            {
                if (invocation.Get(limit) is null) invocation.Say($"These are the first {most}; --limit {most * 10} shows more.");
                break;
            }
            found.Add(item);
        }
        return found;
    }
}
