namespace OwpPool.Cli.TaskFiles;

/// <summary>What is wrong at a line of a task file.</summary>
internal readonly record struct TaskFileProblem(int Line, string Message);

/// <summary>A task file cannot be used; names everything that is wrong with it.</summary>
internal sealed class TaskFileException(string path, IReadOnlyList<TaskFileProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems.OrderBy(problem => problem.Line).Select(problem => Describe(path, problem))))
{
    public IReadOnlyList<TaskFileProblem> Problems => problems;

    private static string Describe(string path, TaskFileProblem problem) =>
        problem.Line == 0 ? $"{path}: {problem.Message}" : $"{path}:{problem.Line}: {problem.Message}";
}
