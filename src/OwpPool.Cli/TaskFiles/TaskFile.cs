using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace OwpPool.Cli.TaskFiles;

/// <summary>Reads the YAML in which maintainers keep tasks: a list of mappings.</summary>
internal static class TaskFile
{
    /// <summary>Largest file read.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int MaxDepth = 8;

    /// <summary>All tasks of the file, each after those that it depends on.</summary>
    /// <exception cref="TaskFileException">The file cannot be read, or anything in it is wrong; nothing of it is to be used
    /// then.</exception>
    public static IReadOnlyList<TaskEntry> Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Length > MaxBytes) throw Problem(path, 0, $"is larger than {MaxBytes / 1024 / 1024} MiB");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Problem(path, 0, Directory.Exists(path) ? "is a directory, not a task file" : $"cannot be read: {failure.Message}");
        }
    }

    /// <summary>The same from text; <paramref name="path"/> is for messages.</summary>
    public static IReadOnlyList<TaskEntry> Parse(string yaml, string path)
    {
        var problems = new List<TaskFileProblem>();
        var entries = new List<TaskEntry>();
        foreach (var node in List(yaml, path))
            if (TaskEntryReader.Read(node, problems) is { } entry) entries.Add(entry);
        var ordered = TaskOrder.Sort(entries, problems);
        return problems.Count == 0 ? ordered : throw new TaskFileException(path, problems);
    }

    private static IEnumerable<YamlNode> List(string yaml, string path)
    {
        try
        {
            RefuseDepth(yaml, path);
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count == 0) throw Problem(path, 0, "holds no tasks");
            if (stream.Documents.Count > 1) throw Problem(path, Line(stream.Documents[1].RootNode), "a task file is one YAML document");
            var root = stream.Documents[0].RootNode;
            if (root is not YamlSequenceNode list)
                throw Problem(path, Line(root), "a task file is a list: each task begins with '- title:'");
            return list.Children.Count > 0 ? list.Children : throw Problem(path, Line(root), "holds no tasks");
        }
        catch (YamlException failure)
        {
            throw Problem(path, (int)failure.Start.Line, $"is not YAML: {failure.Message}");
        }
    }

    /// <summary>The tree is built recursively, so a hostile file could overflow the stack; its events can be counted first without
    /// one.</summary>
    private static void RefuseDepth(string yaml, string path)
    {
        var parser = new Parser(new StringReader(yaml));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (parser.Current is SequenceStart or MappingStart && depth > MaxDepth)
                throw Problem(path, (int)parser.Current.Start.Line, $"is nested more than {MaxDepth} levels deep");
        }
    }

    internal static int Line(YamlNode node) => (int)node.Start.Line;

    private static TaskFileException Problem(string path, int line, string message) => new(path, [new TaskFileProblem(line, message)]);
}
