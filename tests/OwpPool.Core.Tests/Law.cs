using FsCheck;
using FsCheck.Fluent;

namespace OwpPool.Core.Tests;

/// <summary>Checks that a statement holds for generated inputs; a failure names the seed and the smallest input found.</summary>
internal static class Law
{
    /// <summary>One input a run.</summary>
    public static void Holds<T>(Gen<T> inputs, Action<T> statement, int runs = 300) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), Prop.ForAll(inputs.ToArbitrary(), statement));

    /// <summary>A sequence a run, shrunk by leaving out parts: first halves, then single elements.</summary>
    public static void HoldsForSequences<T>(Gen<T> elements, Action<T[]> statement, int runs = 300) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(runs), Prop.ForAll(Arb.From(elements.ArrayOf(), Shorter), statement));

    private static IEnumerable<T[]> Shorter<T>(T[] sequence)
    {
        for (var length = sequence.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start + length <= sequence.Length; start += length)
                yield return [.. sequence[..start], .. sequence[(start + length)..]];
        }
    }
}
