using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>Copiers of the framework's collections. A collection that is neither here nor marked cannot cross a grain call.</summary>
internal static class CollectionCopiers
{
    private static readonly Dictionary<Type, string> ByDefinition = new()
    {
        [typeof(List<>)] = nameof(List),
        [typeof(Dictionary<,>)] = nameof(Dictionary),
        [typeof(SortedDictionary<,>)] = nameof(SortedDictionary),
        [typeof(ConcurrentDictionary<,>)] = nameof(ConcurrentDictionary),
        [typeof(HashSet<>)] = nameof(HashSet),
        [typeof(SortedSet<>)] = nameof(SortedSet),
        [typeof(Queue<>)] = nameof(Queue),
        [typeof(Stack<>)] = nameof(Stack),
        [typeof(ReadOnlyCollection<>)] = nameof(ReadOnlyCollection),
        [typeof(ReadOnlyDictionary<,>)] = nameof(ReadOnlyDictionary),
        [typeof(ImmutableArray<>)] = nameof(ImmutableArray),
        [typeof(ImmutableList<>)] = nameof(ImmutableList),
        [typeof(ImmutableQueue<>)] = nameof(ImmutableQueue),
        [typeof(ImmutableHashSet<>)] = nameof(ImmutableHashSet),
        [typeof(ImmutableSortedSet<>)] = nameof(ImmutableSortedSet),
        [typeof(ImmutableDictionary<,>)] = nameof(ImmutableDictionary),
        [typeof(ImmutableSortedDictionary<,>)] = nameof(ImmutableSortedDictionary),
    };

    internal static Func<T, CopyContext, T>? TryCreate<T>()
    {
        var type = typeof(T);
        if (type.IsSZArray)
            return Bind<T>(nameof(Array), type.GetElementType()!);
        if (type.IsGenericType && ByDefinition.TryGetValue(type.GetGenericTypeDefinition(), out var name))
            return Bind<T>(name, type.GetGenericArguments());
        return null;
    }

    private static Func<T, CopyContext, T> Bind<T>(string name, params Type[] elements) =>
        typeof(CollectionCopiers).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(elements)
            .CreateDelegate<Func<T, CopyContext, T>>();

    private static T[] Array<T>(T[] from, CopyContext context)
    {
        if (Copier.NeverCopies<T>())
            return (T[])from.Clone();
        var copy = new T[from.Length];
        context.Remember(from, copy);
        for (var i = 0; i < from.Length; i++)
            copy[i] = Copier.Copy(from[i], context);
        return copy;
    }

    private static List<T> List<T>(List<T> from, CopyContext context)
    {
        if (Copier.NeverCopies<T>())
            return Remembered(from, new List<T>(from), context);
        var copy = Remembered(from, new List<T>(from.Count), context);
        foreach (var item in from)
            copy.Add(Copier.Copy(item, context));
        return copy;
    }

    private static Dictionary<TKey, TValue> Dictionary<TKey, TValue>(Dictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull
    {
        var copy = Remembered(from, new Dictionary<TKey, TValue>(from.Count, from.Comparer), context);
        foreach (var (key, value) in from)
            copy.Add(Copier.Copy(key, context), Copier.Copy(value, context));
        return copy;
    }

    private static SortedDictionary<TKey, TValue> SortedDictionary<TKey, TValue>(SortedDictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull
    {
        var copy = Remembered(from, new SortedDictionary<TKey, TValue>(from.Comparer), context);
        foreach (var (key, value) in from)
            copy.Add(Copier.Copy(key, context), Copier.Copy(value, context));
        return copy;
    }

    private static ConcurrentDictionary<TKey, TValue> ConcurrentDictionary<TKey, TValue>(
        ConcurrentDictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull
    {
        var copy = Remembered(from, new ConcurrentDictionary<TKey, TValue>(from.Comparer), context);
        foreach (var (key, value) in from)
            copy[Copier.Copy(key, context)] = Copier.Copy(value, context);
        return copy;
    }

    private static HashSet<T> HashSet<T>(HashSet<T> from, CopyContext context)
    {
        var copy = Remembered(from, new HashSet<T>(from.Count, from.Comparer), context);
        foreach (var item in from)
            copy.Add(Copier.Copy(item, context));
        return copy;
    }

    private static SortedSet<T> SortedSet<T>(SortedSet<T> from, CopyContext context)
    {
        var copy = Remembered(from, new SortedSet<T>(from.Comparer), context);
        foreach (var item in from)
            copy.Add(Copier.Copy(item, context));
        return copy;
    }

    private static Queue<T> Queue<T>(Queue<T> from, CopyContext context)
    {
        var copy = Remembered(from, new Queue<T>(from.Count), context);
        foreach (var item in from)
            copy.Enqueue(Copier.Copy(item, context));
        return copy;
    }

    private static Stack<T> Stack<T>(Stack<T> from, CopyContext context)
    {
        var copy = Remembered(from, new Stack<T>(from.Count), context);
        foreach (var item in from.Reverse())
            copy.Push(Copier.Copy(item, context));
        return copy;
    }

    private static ReadOnlyCollection<T> ReadOnlyCollection<T>(ReadOnlyCollection<T> from, CopyContext context) =>
        Remembered(from, new ReadOnlyCollection<T>(Items(from, context)), context);

    private static ReadOnlyDictionary<TKey, TValue> ReadOnlyDictionary<TKey, TValue>(
        ReadOnlyDictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull =>
        Remembered(from, new ReadOnlyDictionary<TKey, TValue>(Pairs(from, context).ToDictionary()), context);

    private static ImmutableArray<T> ImmutableArray<T>(ImmutableArray<T> from, CopyContext context) =>
        from.IsDefault || Copier.NeverCopies<T>() ? from : [.. Items(from, context)];

    private static ImmutableList<T> ImmutableList<T>(ImmutableList<T> from, CopyContext context) =>
        Copier.NeverCopies<T>() ? from : Remembered<ImmutableList<T>>(from, [.. Items(from, context)], context);

    private static ImmutableQueue<T> ImmutableQueue<T>(ImmutableQueue<T> from, CopyContext context) =>
        Copier.NeverCopies<T>() ? from : Remembered<ImmutableQueue<T>>(from, [.. Items(from, context)], context);

    private static ImmutableHashSet<T> ImmutableHashSet<T>(ImmutableHashSet<T> from, CopyContext context) =>
        Copier.NeverCopies<T>() ? from : Remembered(from, Items(from, context).ToImmutableHashSet(from.KeyComparer), context);

    private static ImmutableSortedSet<T> ImmutableSortedSet<T>(ImmutableSortedSet<T> from, CopyContext context) =>
        Copier.NeverCopies<T>() ? from : Remembered(from, Items(from, context).ToImmutableSortedSet(from.KeyComparer), context);

    private static ImmutableDictionary<TKey, TValue> ImmutableDictionary<TKey, TValue>(
        ImmutableDictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull =>
        Copier.NeverCopies<TKey>() && Copier.NeverCopies<TValue>()
            ? from
            : Remembered(from, Pairs(from, context).ToImmutableDictionary(from.KeyComparer, from.ValueComparer), context);

    private static ImmutableSortedDictionary<TKey, TValue> ImmutableSortedDictionary<TKey, TValue>(
        ImmutableSortedDictionary<TKey, TValue> from, CopyContext context)
        where TKey : notnull =>
        Copier.NeverCopies<TKey>() && Copier.NeverCopies<TValue>()
            ? from
            : Remembered(from, Pairs(from, context).ToImmutableSortedDictionary(from.KeyComparer, from.ValueComparer), context);

    private static List<T> Items<T>(IEnumerable<T> from, CopyContext context) => from.Select(item => Copier.Copy(item, context)).ToList();

    private static IEnumerable<KeyValuePair<TKey, TValue>> Pairs<TKey, TValue>(
        IEnumerable<KeyValuePair<TKey, TValue>> from, CopyContext context) =>
        from.Select(pair => KeyValuePair.Create(Copier.Copy(pair.Key, context), Copier.Copy(pair.Value, context)));

    private static TCollection Remembered<TCollection>(object original, TCollection copy, CopyContext context)
        where TCollection : notnull
    {
        context.Remember(original, copy);
        return copy;
    }
}
