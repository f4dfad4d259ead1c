using System.Globalization;
using System.Text.Json;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>What the agent asks for would do what it cannot mean; the message says why, and what to do.</summary>
internal sealed class ToolRefusedException(string message) : Exception(message);

/// <summary>What went wrong, in words that an agent can act on: what happened, and what to do next.</summary>
internal static class ToolFailure
{
    private const string StopWork =
        "Stop working on it and push nothing for it: another worker may have it by now. list_my_leases tells what you hold, fetch_work "
        + "gets other work.";

    /// <summary>All that is wrong with the arguments, and what the tool takes.</summary>
    public static string OfArguments(ToolSpec spec, IReadOnlyList<string> problems)
    {
        var takes = spec.Parameters.Count == 0
            ? "no arguments"
            : string.Join(", ", spec.Parameters.Select(item => item.IsRequired ? $"{item.Name} (required)" : item.Name));
        return $"{spec.Name} was not called: {string.Join("; ", problems)}. It takes {takes}. Mend the call and try again.";
    }

    /// <summary>The explanation; null = nobody expected this failure.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="taskId">The task that the call was about; null = none.</param>
    /// <param name="leases">Where a lease that turned out to be lost is crossed out.</param>
    public static string? Explain(Exception failure, string? taskId, LeaseBook leases)
    {
        switch (failure)
        {
            case ToolRefusedException:
                return failure.Message;
            case NoTokenException or UsageException:
                return $"You have no usable registration at a pool: {failure.Message} Ask the person you work for to run 'owp worker "
                    + "register --name NAME --skills a,b --server URL' in a terminal, then call this again; you cannot do it yourself.";
            case PoolProblemException problem:
                if (taskId is not null && IsLoss(problem)) leases.Forget(taskId, problem.Reason!);
                return Explain(problem);
            case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                return $"What answered is no pool that this version understands: {failure.Message} Tell the person you work for; do not "
                    + "retry.";
            case HttpRequestException or TimeoutException:
                return $"The pool cannot be reached: {failure.Message} What you wanted may or may not have been done. Your work is safe: "
                    + "go on with what you hold, and call this again in a minute.";
            default:
                return null;
        }
    }

    private static bool IsLoss(PoolProblemException problem) =>
        problem.Reason is "lease_lost" or "lease_expired" or "stale_token" or "not_holder";

    private static string Explain(PoolProblemException problem)
    {
        var word = problem.Reason is null || problem.Reason == problem.Code ? problem.Code : $"{problem.Code}, {problem.Reason}";
        // The pool's message often has them already.
        var fields = problem.Problem.FieldErrors.SelectMany(field => field.Value
            .Where(message => !problem.Message.Contains(message, StringComparison.Ordinal))
            .Select(message => Printable.Of($" {field.Key}: {message.TrimEnd('.')}.")));
        return string.Create(CultureInfo.InvariantCulture,
            $"The pool refused ({(int)problem.Status} {Printable.Of(word)}): {Printable.Of(problem.Message)}{string.Concat(fields)} "
            + $"What to do: {Advice(problem)}");
    }

    private static string Advice(PoolProblemException problem) => (problem.Code, problem.Reason) switch
    {
        (_, "lease_lost" or "lease_expired" or "stale_token") => StopWork,
        (_, "not_holder") => "Use only task ids that list_my_leases shows. If you were working on this one, stop.",
        (_, "wrong_phase") => WrongPhase(problem),
        (_, "still_running") => "Nothing is lost: the pool is still at work on the first arrival of this request. Call this again in a minute.",
        (_, "area_locked") => "Wait until the other task in this area is done, or go on with another task.",
        (_, "not_allowed") => SuggestionOf(problem) ?? "Leave it to the maintainer.",
        ("validation_error", _) => "Mend what is named and call again.",
        ("unauthorized", _) => "Do not retry. Ask the person you work for to run 'owp worker register' in a terminal: your token is "
            + "unknown to this pool, or was replaced or revoked.",
        ("not_found", _) => "The task does not exist or is not yours to see. Use only task ids that list_my_leases shows.",
        ("rate_limited" or "unavailable", _) => string.Create(CultureInfo.InvariantCulture,
            $"Call again in {(problem.RetryAfter ?? TimeSpan.FromSeconds(10)).TotalSeconds:0} seconds; your leases are kept meanwhile."),
        ("internal_error", _) => "It is the pool's fault. Try once more; if it stays, tell the person you work for.",
        _ => SuggestionOf(problem) ?? "Call list_my_leases to see where you stand, then decide again.",
    };

    private static string? SuggestionOf(PoolProblemException problem) => problem.Suggestion is { } text ? Printable.Of(text) : null;

    private static string WrongPhase(PoolProblemException problem)
    {
        var next = problem.Problem.Details.TryGetValue("legal_next", out var phases) && phases.ValueKind is JsonValueKind.Array
            ? Printable.Of(string.Join(", ", phases.EnumerateArray()))
            : "";
        var could = next.Length == 0 ? "Nothing can be reported on it as it stands." : $"From where it stands it can become: {next}.";
        return $"{could} start_task makes a leased or blocked task in_progress; task_details shows where it stands.";
    }
}
