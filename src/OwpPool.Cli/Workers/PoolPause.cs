using System.Globalization;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary>Why the pool gives a worker no new work, whatever the worker itself wants.</summary>
internal static class PoolPause
{
    /// <summary>In a sentence for who runs the worker; null = it gives some.</summary>
    public static string? WhyOf(HeartbeatReply reply)
    {
        if (reply.DesiredState is not "quiet") return null;
        if (IsOfThePool(reply)) return $"{reply.Paused!.Message} It hands out nothing until {UntilOf(reply)}they resume it.";
        if (!IsByFailures(reply)) return "A maintainer has paused this worker: it gets no new work until they resume it.";
        return "The pool has paused this worker, because too many of its leases in a row failed or were lost: it gets no new work until "
            + $"{UntilOf(reply)}a maintainer resumes it.";
    }

    /// <summary>In a sentence for an agent; null = it gives some.</summary>
    public static string? TellAgent(HeartbeatReply reply)
    {
        if (reply.DesiredState is not "quiet") return null;
        if (IsOfThePool(reply))
            return $"{reply.Paused!.Message} Finish what you hold; nobody gets new tasks until {UntilOf(reply)}they resume it.";
        if (!IsByFailures(reply)) return "A maintainer paused you: finish what you hold; you get no new tasks until they let you go on.";
        return "The pool paused you, because too many of your tasks in a row failed or were lost. Finish what you hold, and tell the person "
            + $"you work for; you get no new tasks until {UntilOf(reply)}a maintainer lets you go on.";
    }

    private static bool IsOfThePool(HeartbeatReply reply) => reply.Paused?.Reason is "pool_paused";

    private static bool IsByFailures(HeartbeatReply reply) => reply.Paused?.Reason is "paused_by_failures";

    private static string UntilOf(HeartbeatReply reply) => reply.Paused?.Until is { } until
        ? string.Create(CultureInfo.InvariantCulture, $"{until.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}, or until ")
        : "";
}
