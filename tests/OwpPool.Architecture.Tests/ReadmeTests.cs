using System.Globalization;
using System.Text.RegularExpressions;
using OwpPool.Architecture.Tests.Support;
using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Architecture.Tests;

/// <summary>The README and the pages say what is.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Text = Repository.Read("README.md");

    [Fact]
    public void StateDiagram_Steps_AreTheLegalOnes()
    {
        var drawn = Step().Matches(Text).Select(match => (From: match.Groups[1].Value, To: match.Groups[2].Value)).ToList();

        var legal = TaskPhases.LegalSteps.SelectMany(pair => pair.Value.Select(next => (pair.Key.Wire(), next.Wire())));
        var final = TaskPhases.LegalSteps.Where(pair => pair.Value.Count == 0).Select(pair => (pair.Key.Wire(), "[*]"));
        Assert.Equal(legal.Concat(final).Append(("[*]", TaskPhase.Ready.Wire())).Order(), drawn.Order());
    }

    [Fact]
    public void Settings_Table_NamesEachWithItsDefault()
    {
        var settings = PoolSettings.Load(new Dictionary<string, string>(), Path.GetTempPath(), []);
        var expected = new Dictionary<string, string>();
        foreach (var section in typeof(PoolSettings).GetProperties()
            .Where(property => property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)))
        {
            foreach (var setting in section.PropertyType.GetProperties().Where(property => property.CanWrite))
            {
                var value = Convert.ToString(setting.GetValue(section.GetValue(settings)), CultureInfo.InvariantCulture) ?? "";
                var name = SettingsReader.NameOf($"{section.Name}:{setting.Name}");
                expected[name] = setting.PropertyType == typeof(bool) ? value.ToLowerInvariant() : value;
            }
        }

        var table = Row().Matches(Repository.Read("docs/operating.md")).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

        Assert.Equal(expected.Keys.Order(), table.Keys.Order());
        Assert.All(expected.Where(setting => setting.Value.Length > 0), setting => Assert.Equal($"`{setting.Value}`", table[setting.Key]));
    }

    [Fact]
    public void Folders_Table_NamesWhatIsThere()
    {
        var named = Folder().Matches(Text).Select(match => match.Groups[1].Value).ToList();
        Assert.True(named.Count >= 10);
        Assert.All(named, folder => Assert.NotEmpty(Directory.GetFileSystemEntries(
            Path.Combine(Repository.Root, Path.GetDirectoryName(folder)!), Path.GetFileName(folder))));
    }

    [Fact]
    public void Links_OfEveryPage_LeadSomewhere()
    {
        string[] pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
            .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}")];
        var dead = pages.SelectMany(page => Link().Matches(Repository.Read(page)).Select(link => (Page: page, Link: link.Groups[1].Value)))
            .Where(link => !Leads(link.Page, link.Link)).ToList();

        Assert.True(pages.Length >= 10);
        Assert.Empty(dead);
    }

    /// <summary>A file of the project, and where an anchor is named a heading in it.</summary>
    private static bool Leads(string page, string link)
    {
        if (link.Contains("://", StringComparison.Ordinal)) return true;
        var (path, anchor) = link.Split('#') is [var left, var right] ? (left, right) : (link, null);
        var file = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        if (!Path.Exists(Path.Combine(Repository.Root, file))) return false;
        return anchor is null || Heading().Matches(Repository.Read(file)).Any(heading => AnchorOf(heading.Groups[1].Value) == anchor);
    }

    private static string AnchorOf(string heading) =>
        new([.. heading.ToLowerInvariant().Where(character => char.IsLetterOrDigit(character) || character is ' ' or '-')
            .Select(character => character == ' ' ? '-' : character)]);

    [GeneratedRegex(@"(?<!\!)\[[^\]\n]+\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^    (\S+) --> (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `((?:src|sql|tests|deploy|eng)[\w./*]*)` \|", RegexOptions.Multiline)]
    private static partial Regex Folder();
}
