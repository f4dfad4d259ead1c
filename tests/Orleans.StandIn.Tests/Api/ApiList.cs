using System.Text.RegularExpressions;

namespace Orleans.StandIn.Tests.Api;

/// <summary>Orleans' public API, read from the lists: types with their kind and members. A type that several assemblies declare has the
/// members of all.</summary>
internal sealed partial class ApiList
{
    private readonly Dictionary<string, (string Kind, HashSet<string> Members)> _types = [];

    internal static ApiList Load(IEnumerable<string> files)
    {
        var list = new ApiList();
        foreach (var file in files)
            list.Read(File.ReadLines(file));
        return list;
    }

    internal static ApiList Parse(string text)
    {
        var list = new ApiList();
        list.Read(text.Split('\n'));
        return list;
    }

    /// <summary>What of the type Orleans does not have; empty when it has all.</summary>
    internal IEnumerable<string> Missing(Type type)
    {
        var name = ApiFormat.Name(type);
        if (!_types.TryGetValue(name, out var listed))
            return [$"{name}: no such type"];
        var missing = ApiFormat.Members(type).Where(member => !listed.Members.Contains(member)).Select(member => $"{name}: {member}");
        return listed.Kind == ApiFormat.Kind(type)
            ? missing
            : missing.Prepend($"{name}: is {listed.Kind}, not {ApiFormat.Kind(type)}");
    }

    private void Read(IEnumerable<string> lines)
    {
        HashSet<string>? members = null;
        var isEnum = false;
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] != ' ')
            {
                var (kind, name) = ParseType(line);
                isEnum = kind == "enum";
                if (!_types.TryGetValue(name, out var known))
                    _types[name] = known = (kind, []);
                members = known.Members;
            }
            else if (isEnum)
            {
                members!.UnionWith(line.Trim().Split(", "));
            }
            else
            {
                members!.Add(Normalize(line.Trim()));
            }
        }
    }

    private static (string Kind, string Name) ParseType(string line)
    {
        var match = TypeLine().Match(line);
        Assert.True(match.Success, $"Not a type: {line}");
        return (match.Groups["kind"].Value, match.Groups["name"].Value);
    }

    /// <summary>Takes away what says nothing of the shape: accessibility, virtuality, constraints, default and constant values.</summary>
    private static string Normalize(string member)
    {
        member = Modifiers().Replace(member, string.Empty);
        member = Constraint().Replace(member, "$1");
        if (member.StartsWith("field ", StringComparison.Ordinal))
            return member.Split(" = ")[0];
        return DefaultValue().Replace(member, string.Empty);
    }

    [GeneratedRegex(@"^(?<kind>static class|abstract class|sealed class|class|struct|interface|enum|delegate) (?<name>[^ ]+)( : .*)?$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^(protected |virtual |abstract |override )+| protected$")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@"(?<=[<,])(\w+):[^,>(]+(<[^<>(]*>)?(?=[,>])")]
    private static partial Regex Constraint();

    [GeneratedRegex(@" = [^,)]*")]
    private static partial Regex DefaultValue();
}
