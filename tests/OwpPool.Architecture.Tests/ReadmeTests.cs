using System.Globalization;
using System.Text.RegularExpressions;
using OwpPool.Architecture.Tests.Support;
using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Architecture.Tests;

/// <summary>The README says what is.</summary>
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

        var table = Row().Matches(Text).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

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

    [GeneratedRegex(@"^    (\S+) --> (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Step();

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `((?:src|sql|tests|deploy|eng)[\w./*]*)` \|", RegexOptions.Multiline)]
    private static partial Regex Folder();
}
