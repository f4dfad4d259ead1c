using System.Net;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli;

/// <summary>The command line, a file or the configuration asks for something that cannot be tried; the message says what, and what to do
/// about it.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command needs a token and there is none; the message says where one comes from.</summary>
internal sealed class NoTokenException(string message) : Exception(message);

/// <summary>Turns what can go wrong into one message for people and one number for the shell.</summary>
internal static class CommandFailure
{
    /// <summary>Runs a command and answers with its exit code. What is not expected stays an exception: it is a bug.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> command, Invocation invocation, CancellationToken ct)
    {
        try
        {
            return await command();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            invocation.Say("Cancelled.");
            return ExitCodes.Cancelled;
        }
        catch (NotConfirmedException refused)
        {
            invocation.Say(refused.Message);
            return ExitCodes.Cancelled;
        }
        catch (Exception failure) when (Explain(failure, invocation) is { } message)
        {
            invocation.Say(message);
            if (invocation.Debug) invocation.Say($"debug: {failure.ToString().ReplaceLineEndings("\ndebug: ")}");
            return CodeOf(failure);
        }
    }

    /// <summary>Whether it is one of the things that can go wrong, and no bug.</summary>
    public static bool IsExpected(Exception failure) => failure is UsageException or NoTokenException
        or PoolProblemException or HttpRequestException or TimeoutException;

    /// <summary>What to tell a person; null = nobody expected this.</summary>
    private static string? Explain(Exception failure, Invocation invocation) => failure switch
    {
        UsageException or NoTokenException => failure.Message,
        PoolProblemException problem => $"The pool{At(invocation.Server)} refused ({(int)problem.Status} {Printable.Of(problem.Code)}): "
            + PoolRefusal.Explain(problem, invocation.TokenAdvice),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
            $"What answers{At(invocation.Server)} is no pool that this version understands: {failure.Message}",
        HttpRequestException or TimeoutException =>
            $"The pool{At(invocation.Server)} cannot be reached: {failure.Message.TrimEnd('.')}. "
                + "Check --server and OWP_URL; 'owp doctor' looks closer.",
        _ => null,
    };

    private static int CodeOf(Exception failure) => failure switch
    {
        NoTokenException => ExitCodes.NeedsAuth,
        PoolProblemException { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => ExitCodes.NeedsAuth,
        _ => ExitCodes.Error,
    };

    private static string At(Uri? server) => server is null ? "" : $" at {server.AbsoluteUri.TrimEnd('/')}";
}
