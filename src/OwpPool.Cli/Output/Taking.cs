using System.CommandLine;

namespace OwpPool.Cli.Output;

/// <summary>The beginning of a long list.</summary>
internal static class Taking
{
    /// <summary>The most that one page of the pool holds.</summary>
    private const int MaxPage = 200;

    public static int PageSize(int limit) => Math.Min(limit, MaxPage);

    /// <summary>As many as were asked for.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="list">The list by the length of its pages.</param>
    /// <param name="limit">The option that says how many.</param>
    /// <param name="usual">How many without it.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Taken<T>> FirstAsync<T>(
        Invocation invocation, Func<int, IAsyncEnumerable<T>> list, Option<int?> limit, int usual, CancellationToken ct)
    {
        var most = invocation.Get(limit) ?? usual;
        var found = new List<T>();
        await foreach (var item in list(PageSize(most)).WithCancellation(ct))
        {
            if (found.Count == most) return new Taken<T>(found, HasMore: true);
            found.Add(item);
        }
        return new Taken<T>(found, HasMore: false);
    }

    /// <summary>Says below a list how much of it this is. Programs are told only where more is left out than they asked for.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="taken">What was listed.</param>
    /// <param name="limit">The option that says how many.</param>
    /// <param name="thing">One of them, in words.</param>
    /// <param name="total">How many there are; null = nobody has counted.</param>
    public static void SayTotal<T>(Invocation invocation, Taken<T> taken, Option<int?> limit, string thing, long? total = null)
    {
        var isNamed = invocation.Get(limit) is not null;
        var (count, isWatched) = (taken.Items.Count, invocation.Host.IsOutputTerminal && !invocation.Answer.IsJson);
        if (count == 0 || !(isWatched || (taken.HasMore && !isNamed))) return;
        var more = taken.HasMore && !isNamed ? $" --limit {count * 10} shows more." : "";
        invocation.Say(!taken.HasMore ? $"{Counted.Of(count, thing)}."
            : total is null ? $"The first {Counted.Of(count, thing)}; there are more.{more}"
            : $"{count} of {Counted.Of(total.Value, thing)}.{more}");
    }
}

/// <summary>The beginning of a list.</summary>
/// <param name="Items">As many as were asked for.</param>
/// <param name="HasMore">The list goes on.</param>
internal sealed record Taken<T>(IReadOnlyList<T> Items, bool HasMore);
