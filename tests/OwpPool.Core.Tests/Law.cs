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

    /// <summary>The same, run after run until the sequences have come by everything that they have to show: some places are seldom met.
    /// </summary>
    /// <param name="elements">What sequences are made of.</param>
    /// <param name="statement">What must hold of each.</param>
    /// <param name="runs">Sequences before the next look.</param>
    /// <param name="isCovered">Whether that is enough. It is for the test to fail where it never is.</param>
    public static void HoldsForSequencesUntil<T>(Gen<T> elements, Action<T[]> statement, int runs, Func<bool> isCovered)
    {
        for (var look = 0; look < 20 && (look == 0 || !isCovered()); look++) HoldsForSequences(elements, statement, runs);
    }

    private static IEnumerable<T[]> Shorter<T>(T[] sequence)
    {
        for (var length = sequence.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start + length <= sequence.Length; start += length)
                yield return [.. sequence[..start], .. sequence[(start + length)..]];
        }
    }
}
