using System.Reflection;

namespace OwpPool.Simulation.Tests;

/// <summary>The edits of <c>eng/mutations.txt</c> still remove what they say: a guard that moved would be tried no more.</summary>
public sealed class MutationTests
{
    private static readonly string Root = typeof(MutationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static TheoryData<string> Guards => [.. Mutations().Select(mutation => mutation.Guard).Distinct()];

    [Theory]
    [MemberData(nameof(Guards))]
    public void Edits_OfAGuard_ApplyOnceEach(string guard)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, file, from, to) in Mutations().Where(mutation => mutation.Guard == guard))
        {
            var text = texts.GetValueOrDefault(file) ?? File.ReadAllText(Path.Combine(Root, file));
            var parts = text.Split(from);
            Assert.True(parts.Length == 2, $"'{from}' is {parts.Length - 1} times in {file}; eng/mutations.txt must follow the source.");
            texts[file] = string.Join(to, parts);
            Assert.NotEqual(text, texts[file]);
        }
    }

    [Fact]
    public void Guards_AllHaveNamesOfTheirOwn()
    {
        var names = File.ReadLines(Path.Combine(Root, "eng/mutations.txt"))
            .Where(line => line.StartsWith("guard ", StringComparison.Ordinal)).ToList();

        Assert.True(names.Count >= 30);
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(names.Count, Mutations().Select(mutation => mutation.Guard).Distinct().Count());
    }

    /// <summary>As <c>eng/mutate.sh</c> reads them.</summary>
    private static IEnumerable<(string Guard, string File, string From, string To)> Mutations()
    {
        var (guard, file, from) = ("", "", "");
        foreach (var line in File.ReadLines(Path.Combine(Root, "eng/mutations.txt")))
        {
            if (line.StartsWith("guard ", StringComparison.Ordinal)) guard = line[6..];
            else if (line.StartsWith("file ", StringComparison.Ordinal)) file = line[5..];
            else if (line.StartsWith("- ", StringComparison.Ordinal)) from = line[2..];
            else if (line is ['+', ..]) yield return (guard, file, from, line.Length > 2 ? line[2..] : "");
        }
    }
}
