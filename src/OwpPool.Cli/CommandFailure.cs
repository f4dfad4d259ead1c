using OwpPool.Cli.TaskFiles;
using OwpPool.Client;

namespace OwpPool.Cli;

/// <summary>The command line asks for something that cannot be tried; the message says what.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Turns what can go wrong into one message for people and one number for the shell.</summary>
internal static class CommandFailure
{
    /// <summary>Runs a command and answers with its exit code. What is not expected stays an exception: it is a bug.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> command, TextWriter error, CancellationToken ct)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await error.WriteLineAsync("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (Exception failure) when (failure is UsageException or TaskFileException)
        {
            await error.WriteLineAsync(failure.Message);
            return ExitCodes.Usage;
        }
        catch (PoolProblemException problem)
        {
            await error.WriteLineAsync($"The pool refused ({(int)problem.Status} {problem.Code}): {problem.Describe()}");
            return ExitCodes.Pool;
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException)
        {
            await error.WriteLineAsync($"The pool cannot be reached: {failure.Message}");
            return ExitCodes.Pool;
        }
    }
}
