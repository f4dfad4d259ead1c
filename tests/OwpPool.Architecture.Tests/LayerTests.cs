using System.Xml.Linq;
using OwpPool.Architecture.Tests.Support;

namespace OwpPool.Architecture.Tests;

/// <summary>What each layer may see: nothing but what is written here, in its project file and in what the compiler made of it.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["OwpPool.Core"] = [],
        ["OwpPool.Grains.Abstractions"] = ["OwpPool.Core"],
        ["OwpPool.Grains"] = ["OwpPool.Grains.Abstractions", "OwpPool.Core"],
        ["OwpPool.Storage"] = ["OwpPool.Core"],
        ["OwpPool.Server"] = ["OwpPool.Grains", "OwpPool.Grains.Abstractions", "OwpPool.Storage", "OwpPool.Core"],
        ["OwpPool.Client"] = [],
        ["OwpPool.Cli"] = ["OwpPool.Client"],
    };

    private static readonly string[] NotInCore =
    [
        "Orleans.Runtime", "Orleans.Hosting", "Microsoft.Extensions", "Microsoft.AspNetCore", "Microsoft.Data", "System.Data", "System.Net",
        "System.IO.File", "System.IO.Directory", "System.IO.Path", "System.Console", "System.Diagnostics.Process",
        "System.Threading.Thread", "System.Threading.Timer", "System.Security.Cryptography.RandomNumberGenerator",
    ];

    public static TheoryData<string> Projects { get; } = [.. Allowed.Keys];

    [Fact]
    public void Layers_EveryProjectOfSrc_IsNamedHere() =>
        Assert.Equal(Allowed.Keys.Order(),
            Repository.Files("src", "*.csproj").Select(path => Path.GetFileNameWithoutExtension(path)).Order());

    [Fact]
    public void Solution_EveryProject_IsInIt()
    {
        var solution = Repository.Read("OwpPool.sln").Replace('\\', '/');
        Assert.All(Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")), path =>
            Assert.Contains($"\"{path}\"", solution, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_References_AreAllowed(string project)
    {
        var file = XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj"));
        var referenced = file.Descendants("ProjectReference")
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value));
        Assert.Empty(referenced.Except(Allowed[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_References_AreAllowed(string project)
    {
        var name = project == "OwpPool.Cli" ? "owp" : project;

        var own = CompiledAssembly.Load(name).Assemblies.Where(reference => Allowed.ContainsKey(reference) || reference == "owp");

        Assert.Empty(own.Except(Allowed[project]));
    }

    [Fact]
    public void Core_TypesUsed_AreNeitherRuntimeNorInputNorOutput()
    {
        var used = CompiledAssembly.Load("OwpPool.Core").Types;
        var offending = used
            .Where(type => Array.Exists(NotInCore, banned => type == banned || type.StartsWith(banned + ".", StringComparison.Ordinal)));
        Assert.Empty(offending);
        // What it does use shows that the look was a real one.
        Assert.Contains("System.DateTimeOffset", used);
    }

    [Fact]
    public void Client_References_AreOfTheBaseClassLibraryOnly()
    {
        Assert.All(CompiledAssembly.Load("OwpPool.Client").Assemblies,
            name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
        Assert.DoesNotContain("Reference", Repository.Read("src/OwpPool.Client/OwpPool.Client.csproj"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OwpPool.Core")]
    [InlineData("OwpPool.Grains")]
    public void BannedSymbols_InRulesAndGrains_AreCheckedByTheBuild(string project)
    {
        var file = XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj"));
        Assert.Contains(file.Descendants("PackageReference"),
            item => item.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
        Assert.Contains(file.Descendants("AdditionalFiles"), item => item.Attribute("Include")!.Value == "../../eng/BannedSymbols.txt");
        Assert.All(
            Repository.Files($"src/{project}", "*.cs").Append($"src/{project}/{project}.csproj").Append(".editorconfig")
                .Append("Directory.Build.props"),
            path => Assert.DoesNotContain("RS0030", Repository.Read(path), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OwpPool.Core")]
    [InlineData("OwpPool.Grains")]
    public void BannedSymbols_InRulesAndGrains_AreNotInWhatWasCompiled(string project)
    {
        var compiled = CompiledAssembly.Load(project);
        var banned = Repository.Read("eng/BannedSymbols.txt").Split('\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(';')[0]).ToList();

        Assert.All(["P:System.DateTime.UtcNow", "M:System.Guid.NewGuid", "T:System.Random"], symbol => Assert.Contains(symbol, banned));
        Assert.DoesNotContain(banned, symbol => IsUsed(symbol, compiled));
    }

    [Fact]
    public void IsUsed_MembersThatTheServerUses_AreFound()
    {
        // The server owns clock and ids: that the look finds them there shows that it would find them elsewhere.
        Assert.True(IsUsed("P:System.TimeProvider.System", CompiledAssembly.Load("OwpPool.Server")));
        Assert.True(IsUsed("T:System.Random", CompiledAssembly.Load("OwpPool.Client")));
    }

    private static bool IsUsed(string symbol, CompiledAssembly assembly)
    {
        var (kind, name) = (symbol[0], symbol[2..].Split('(')[0]);
        var dot = name.LastIndexOf('.');
        return kind switch
        {
            'T' => assembly.Types.Contains(name),
            'P' => assembly.Members.Contains($"{name[..dot]}.get_{name[(dot + 1)..]}"),
            // Overloads share a name; the ban of one is the ban of what the analyzer then says, so only whole methods are looked for.
            _ => !symbol.Contains('(', StringComparison.Ordinal) && assembly.Members.Contains(name),
        };
    }
}
