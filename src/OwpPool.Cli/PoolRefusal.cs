using System.Net;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli;

/// <summary>What a pool's refusal means to who typed a command. The pool itself advises programs, in the words of its API; each of its
/// texts stays on one line, so that none of them passes for a line of <c>owp</c>.</summary>
internal static class PoolRefusal
{
    /// <param name="problem">The refusal.</param>
    /// <param name="whoseToken">What to do about the token that was sent; null = none was.</param>
    public static string Explain(PoolProblemException problem, string? whoseToken)
    {
        var message = Printable.Of(problem.Message);
        if (problem.Code == "validation_error" && problem.Problem.FieldErrors.Count > 0)
            return string.Join(Environment.NewLine, FaultsOf(problem).Prepend("the request is not valid:"));
        if (Advice(problem, whoseToken) is { } advice) return $"{message} {advice}";
        string[] suggestion = problem.Suggestion is { } text ? [Printable.Of(text)] : [];
        return string.Join(Environment.NewLine, [message, .. FaultsOf(problem, problem.Message), .. suggestion]);
    }

    /// <summary>The bad fields, a line each.</summary>
    private static IEnumerable<string> FaultsOf(PoolProblemException problem, string? except = null) =>
        problem.Problem.FieldErrors.SelectMany(field => field.Value.Where(fault => fault != except)
            .Select(fault => $"  {Printable.Of(field.Key)}: {Printable.Of(fault)}"));

    private static string? Advice(PoolProblemException problem, string? whoseToken) => problem.Status switch
    {
        HttpStatusCode.Forbidden when problem.Suggestion?.Contains("'invite'", StringComparison.Ordinal) is true =>
            $"Ask the pool's maintainers for an invite, and set {Workers.WorkerRegisterCommand.InviteVariable} to its text.",
        HttpStatusCode.Forbidden when problem.Suggestion?.Contains("role is 'admin'", StringComparison.Ordinal) is true =>
            "Ask for a token of the role admin, or ask a maintainer who has one.",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => whoseToken,
        HttpStatusCode.NotFound when problem.Problem.FieldErrors.ContainsKey("repo") =>
            "'owp repo create' adds it; 'owp repo list' shows what there is.",
        HttpStatusCode.NotFound when problem.Suggestion?.Contains("GET /v1", StringComparison.Ordinal) is true =>
            "'owp task list', 'owp repo list' and 'owp admin worker list' show what there is.",
        HttpStatusCode.PreconditionFailed => "Somebody has changed it meanwhile: look at it again, and give the version that it has now.",
        _ => null,
    };
}
