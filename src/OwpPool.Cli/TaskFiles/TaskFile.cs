using OwpPool.Core.Text;
using OwpPool.TaskFiles;

namespace OwpPool.Cli.TaskFiles;

/// <summary>Reads the YAML in which maintainers keep tasks: a list of mappings.</summary>
internal static class TaskFile
{
    /// <summary>Largest file read.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The server's own limit for a file.</summary>
    private const int MaxTasks = 10_000;

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
        // In one form of Unicode, as the server keeps text: what a title is known by is made of it.
        var read = YamlTasks.Read(Nfc.Of(yaml), MaxTasks, (line, message) => problems.Add(new TaskFileProblem(line, message)));
        if (problems.Count > 0) throw new TaskFileException(path, problems);
        if (read.Count == 0) throw Problem(path, 0, "holds no tasks");
        var entries = read.Select(entry => TaskEntryReader.Read(entry, problems)).OfType<TaskEntry>().ToList();
        var ordered = TaskOrder.Sort(entries, problems);
        return problems.Count == 0 ? ordered : throw new TaskFileException(path, problems);
    }

    private static TaskFileException Problem(string path, int line, string message) => new(path, [new TaskFileProblem(line, message)]);
}
