using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.StandIn.Tests;

public sealed class CopyTests
{
    [Fact]
    public async Task Argument_ChangedByTheGrain_CallerKeepsItsOwn()
    {
        await using var host = await TestHost.StartAsync();
        var sent = new Basket { Items = ["apple"] };

        var received = await host.Get<ICopyGrain>("c").AddPear(sent);

        Assert.Equal(["apple"], sent.Items);
        Assert.Equal(["apple", "pear"], received.Items);
    }

    [Fact]
    public async Task Result_ChangedByTheCaller_GrainKeepsItsOwn()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ICopyGrain>("c");
        var received = await grain.AddPear(new Basket { Items = [] });
        received.Items.Clear();

        Assert.Equal(["pear"], (await grain.Last()).Items);
    }

    [Fact]
    public async Task Argument_MarkedImmutable_IsPassedByReference()
    {
        await using var host = await TestHost.StartAsync();
        var sent = new Basket { Items = [] };
        var grain = host.Get<ICopyGrain>("c");

        Assert.Same(sent, await grain.SameByParameter(sent));
        Assert.Same(sent, (await grain.SameByWrapper(new Immutable<Basket>(sent))).Value);
    }

    [Fact]
    public async Task Argument_OfAnUnmarkedClass_IsRefused()
    {
        await using var host = await TestHost.StartAsync();

        var exception = await Assert.ThrowsAsync<CodecNotFoundException>(async () => await host.Get<ICopyGrain>("c").Take(new Unmarked()));

        Assert.Contains(nameof(Unmarked), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_OfAnUnmarkedClass_IsRefused()
    {
        await using var host = await TestHost.StartAsync();

        await Assert.ThrowsAsync<CodecNotFoundException>(() => host.Get<ICopyGrain>("c").GiveUnmarked());
    }

    [Fact]
    public void Copy_MemberWithoutId_StaysBehind()
    {
        var copy = Copier.Copy(new Forgetful { Kept = 1, Forgotten = 2 });

        Assert.Equal((1, 0), (copy.Kept, copy.Forgotten));
    }

    [Fact]
    public void Copy_Record_TakesPrimaryConstructorAndIds()
    {
        var original = new Person("Ann", [1, 2]) { Age = 7 };

        var copy = Copier.Copy(original);

        Assert.NotSame(original, copy);
        Assert.NotSame(original.Scores, copy.Scores);
        Assert.Equal(("Ann", 7), (copy.Name, copy.Age));
        Assert.Equal(original.Scores, copy.Scores);
    }

    [Fact]
    public void Copy_DerivedRecordInABaseVariable_KeepsItsClass()
    {
        Shape copy = Copier.Copy<Shape>(new Circle("c", 2));

        Assert.Equal(new Circle("c", 2), copy);
    }

    [Fact]
    public void Copy_ImmutableClass_IsTheSame()
    {
        var original = new Frozen("x");

        Assert.Same(original, Copier.Copy(original));
        Assert.NotSame(original, Copier.Copy<Frozen>(new Thawed("x")));
    }

    [Fact]
    public void Copy_DerivedFromImmutable_NeedsItsOwnMark()
    {
        var original = new Thawed("x");

        Assert.NotSame(original, Copier.Copy<Frozen>(original));
    }

    [Fact]
    public void Copy_SameObjectTwice_StaysOneObject()
    {
        var shared = new Basket { Items = ["a"] };

        var copy = Copier.Copy(new List<Basket> { shared, shared });

        Assert.NotSame(shared, copy[0]);
        Assert.Same(copy[0], copy[1]);
    }

    [Fact]
    public void Copy_Cycle_Ends()
    {
        var node = new Node();
        node.Next = node;

        var copy = Copier.Copy(node);

        Assert.NotSame(node, copy);
        Assert.Same(copy, copy.Next);
    }

    [Fact]
    public void Copy_NestedImmutableMember_IsTheSame()
    {
        var original = new Holder { Shared = new Basket { Items = [] }, Own = new Basket { Items = [] } };

        var copy = Copier.Copy(original);

        Assert.Same(original.Shared, copy.Shared);
        Assert.NotSame(original.Own, copy.Own);
    }

    [Fact]
    public void Copy_EveryCollection_KeepsItemsAndSharesNone()
    {
        var item = new Basket { Items = ["a"] };
        object[] collections =
        [
            new[] { item }, new List<Basket> { item }, new Dictionary<string, Basket> { ["k"] = item },
            new SortedDictionary<string, Basket> { ["k"] = item }, new ConcurrentDictionary<string, Basket> { ["k"] = item },
            new HashSet<Basket> { item }, new Queue<Basket>([item]), new Stack<Basket>([item]), new ReadOnlyCollection<Basket>([item]),
            new ReadOnlyDictionary<string, Basket>(new Dictionary<string, Basket> { ["k"] = item }), ImmutableArray.Create(item),
            ImmutableList.Create(item), ImmutableQueue.Create(item), ImmutableHashSet.Create(item),
            ImmutableDictionary<string, Basket>.Empty.Add("k", item), ImmutableSortedDictionary<string, Basket>.Empty.Add("k", item),
            (item, 1), Tuple.Create(item), KeyValuePair.Create("k", item),
        ];
        foreach (var original in collections)
        {
            var copy = Copier.Copy(original);

            Assert.Equal(original.GetType(), copy.GetType());
            var copied = Assert.Single(BasketsIn(copy));
            Assert.NotSame(item, copied);
            Assert.Equal(["a"], copied.Items);
        }
    }

    [Fact]
    public void Copy_StackAndComparers_AreKept()
    {
        Assert.Equal([3, 2, 1], Copier.Copy(new Stack<int>([1, 2, 3])));
        Assert.True(Copier.Copy(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 }).ContainsKey("a"));
        Assert.Contains("a", Copier.Copy(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "A" }));
        Assert.Equal(["b", "a"], Copier.Copy(new SortedSet<string>(["a", "b"], Comparer<string>.Create((x, y) => string.CompareOrdinal(y, x)))));
    }

    [Fact]
    public void Copy_NullsAndDefaults_StayThat()
    {
        Assert.Null(Copier.Copy<Basket?>(null));
        Assert.Null(Copier.Copy<int?>(null));
        Assert.True(Copier.Copy(default(ImmutableArray<Basket>)).IsDefault);
        Assert.Null(Copier.Copy(new Holder()).Own);
    }

    [Fact]
    public void Copy_LazySequence_IsRefused()
    {
        Assert.Throws<CodecNotFoundException>(() => Copier.Copy(new[] { 1 }.Select(item => item + 1)));
    }

    [Fact]
    public void Copy_UnmarkedBase_IsRefused()
    {
        Assert.Throws<CodecNotFoundException>(() => Copier.Copy(new MarkedOverUnmarked()));
    }

    [Fact]
    public void Copy_Exception_KeepsTypeAndMessage()
    {
        Assert.Equal("m", Assert.IsType<InvalidDataException>(Copier.Copy<Exception>(new InvalidDataException("m"))).Message);
    }

    private static IEnumerable<Basket> BasketsIn(object collection) => collection switch
    {
        IEnumerable<Basket> items => items,
        IEnumerable<KeyValuePair<string, Basket>> pairs => pairs.Select(pair => pair.Value),
        (Basket item, int) => [item],
        Tuple<Basket> tuple => [tuple.Item1],
        KeyValuePair<string, Basket> pair => [pair.Value],
        _ => [],
    };
}
