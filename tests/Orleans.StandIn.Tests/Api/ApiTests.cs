using System.Reflection;

namespace Orleans.StandIn.Tests.Api;

public sealed class ApiTests
{
    private static readonly string Copies = Path.Combine(AppContext.BaseDirectory, "orleans-api");

    private static readonly Assembly[] StandIn = [typeof(IGrain).Assembly, typeof(IdAttribute).Assembly];

    [Fact]
    public void PublicApi_OfTheStandIn_ExistsInOrleans()
    {
        var list = ApiList.Load(Directory.EnumerateFiles(Copies));

        var missing = StandIn.SelectMany(assembly => assembly.GetTypes()).Where(ApiFormat.IsVisible).SelectMany(list.Missing).ToArray();

        Assert.Empty(missing);
    }

    [Fact]
    public void PublicApi_OfTheStandIn_IsNotEmpty()
    {
        var types = StandIn.SelectMany(assembly => assembly.GetTypes()).Where(ApiFormat.IsVisible).ToArray();

        Assert.InRange(types.Length, 60, 200);
        Assert.True(types.Sum(type => ApiFormat.Members(type).Count()) > 200);
    }

    [Fact]
    public void Lists_BesideTheRepository_EqualTheCopies()
    {
        var shared = Ancestors(AppContext.BaseDirectory).Concat(Ancestors(SourceFolder()))
            .Select(folder => Path.Combine(folder, "shared", "orleans-api"))
            .FirstOrDefault(Directory.Exists);
        if (shared is null)
        {
            // A clone on its own: the copies are all there is.
            Assert.NotEmpty(Directory.EnumerateFiles(Copies));
            return;
        }
        foreach (var copy in Directory.EnumerateFiles(Copies))
            Assert.Equal(File.ReadAllText(Path.Combine(shared, Path.GetFileName(copy))), File.ReadAllText(copy));
    }

    [Fact]
    public void Missing_TypeThatOrleansLacks_IsReported()
    {
        var list = ApiList.Parse("sealed class Orleans.Something\n  ctor()");

        Assert.Equal(["Orleans.StandIn.Tests.Api.ApiTests.Invented: no such type"], list.Missing(typeof(Invented)));
    }

    [Theory]
    [InlineData("ctor()", "int Count { get; set; }")]
    [InlineData("int Count { get; set; }", "Task<string> Find<T>(string name, T[] among)")]
    [InlineData("Task<string> Find<T>(string name, T[] among)", "static bool Try(int& result)")]
    [InlineData("static bool Try(int& result)", "ctor()")]
    public void Missing_MemberThatOrleansLacks_IsReported(string lacking, string present)
    {
        var all = new[] { "ctor()", "int Count { get; set; }", "virtual Task<string> Find<T:System.IDisposable>(string name, T[] among = null)", "static bool Try(int& result)" };
        var kept = all.Where(line => !Matches(line, lacking));
        var list = ApiList.Parse($"sealed class {ApiFormat.Name(typeof(Invented))}\n  {string.Join("\n  ", kept)}");

        Assert.Equal([$"{ApiFormat.Name(typeof(Invented))}: {lacking}"], list.Missing(typeof(Invented)));
        Assert.DoesNotContain(list.Missing(typeof(Invented)), line => line.EndsWith(present, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_OtherKindOfType_IsReported()
    {
        var list = ApiList.Parse($"struct {ApiFormat.Name(typeof(Empty))}\n  ctor()");

        Assert.Equal([$"{ApiFormat.Name(typeof(Empty))}: is struct, not sealed class"], list.Missing(typeof(Empty)));
    }

    [Fact]
    public void Missing_EnumValueThatOrleansLacks_IsReported()
    {
        var list = ApiList.Parse($"enum {ApiFormat.Name(typeof(Fruit))}\n  Apple, Cherry");

        Assert.Equal([$"{ApiFormat.Name(typeof(Fruit))}: Pear"], list.Missing(typeof(Fruit)));
    }

    private static bool Matches(string listed, string member) =>
        listed.Replace("virtual ", string.Empty, StringComparison.Ordinal).Replace(":System.IDisposable", string.Empty, StringComparison.Ordinal)
            .Replace(" = null", string.Empty, StringComparison.Ordinal) == member;

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
            yield return current.FullName;
    }

    /// <summary>Where this file was compiled: with an artifacts folder of its own, the output lies elsewhere.</summary>
    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    public sealed class Invented
    {
        public int Count { get; set; }

        public static bool Try(out int result) => (result = 1) == 1;

        public Task<string> Find<T>(string name, T[] among) => Task.FromResult($"{name}{among.Length}{Count}");
    }

    public sealed class Empty;

    public enum Fruit
    {
        Apple,
        Pear,
    }
}
