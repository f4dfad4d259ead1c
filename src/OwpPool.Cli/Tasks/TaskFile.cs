using System.Text;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>A file of tasks on its way to the pool, which alone says what is wrong with it.</summary>
internal static class TaskFile
{
    /// <summary>The path that stands for standard input.</summary>
    private const string StandardInput = "-";

    /// <summary>What the file holds.</summary>
    /// <param name="path">The file; <c>-</c> reads <paramref name="input"/>.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, TextReader input, CancellationToken ct)
    {
        if (path == StandardInput) return Encoding.UTF8.GetBytes(await input.ReadToEndAsync(ct));
        try
        {
            return await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Directory.Exists(path) ? $"{path} is a folder, no task file."
                : failure is FileNotFoundException or DirectoryNotFoundException ? $"There is no file {path}."
                : $"{path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Lets the pool import it.</summary>
    /// <exception cref="UsageException">Something in the file is wrong: each fault with its line.</exception>
    public static async Task<AddedTasks> ImportAsync(string path, Func<Task<AddedTasks>> import)
    {
        try
        {
            return await import();
        }
        catch (PoolProblemException problem) when (problem.Problem.FieldErrors.Count > 0)
        {
            throw new UsageException(Describe(path == StandardInput ? "standard input" : path, problem.Problem));
        }
    }

    /// <summary>As compilers do, so that editors find the place.</summary>
    private static string Describe(string path, PoolProblem problem)
    {
        var lines = problem.FieldErrors.SelectMany(field => field.Value.Select(message => field.Key switch
        {
            "body" => $"{path}: {message}",
            _ when field.Key.StartsWith("line ", StringComparison.Ordinal) => $"{path}:{field.Key[5..]}: {message}",
            _ => $"{path}: {field.Key}: {message}",
        }));
        return string.Join(Environment.NewLine, [.. lines, $"Nothing was added. {problem.Suggestion}"]);
    }
}
