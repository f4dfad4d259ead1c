using Microsoft.Extensions.Logging;

namespace OwpPool.Simulator;

/// <summary>What the runtime has to say.</summary>
internal sealed partial class ProcessLog(ILogger logger)
{
    [LoggerMessage(1, LogLevel.Error, "Grain {GrainId} could not be activated.")]
    private static partial void LogActivationFailed(ILogger logger, GrainId grainId, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "Grain {GrainId} failed while it was being deactivated.")]
    private static partial void LogDeactivationFailed(ILogger logger, GrainId grainId, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "A timer callback of grain {GrainId} failed; the timer goes on.")]
    private static partial void LogTimerFailed(ILogger logger, GrainId grainId, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "Could not {Operation} state {StateName} of grain {GrainId}.")]
    private static partial void LogStorageFailed(ILogger logger, string operation, string stateName, GrainId grainId, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "One-way call {Call} failed.")]
    private static partial void LogOneWayFailed(ILogger logger, Invocation call, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "A tick of reminder {ReminderName} of grain {GrainId} failed; the next is due at {NextTick:O}.")]
    private static partial void LogReminderFailed(ILogger logger, GrainId grainId, string reminderName, DateTime nextTick, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "Reminders could not be read; trying again in {Delay}.")]
    private static partial void LogReminderRefreshFailed(ILogger logger, TimeSpan delay, Exception exception);

    internal void ActivationFailed(GrainId grainId, Exception exception) => LogActivationFailed(logger, grainId, exception);

    internal void DeactivationFailed(GrainId grainId, Exception exception) => LogDeactivationFailed(logger, grainId, exception);

    internal void TimerFailed(GrainId grainId, Exception exception) => LogTimerFailed(logger, grainId, exception);

    internal void StorageFailed(string operation, string stateName, GrainId grainId, Exception exception) =>
        LogStorageFailed(logger, operation, stateName, grainId, exception);

    internal void OneWayFailed(Invocation call, Exception exception) => LogOneWayFailed(logger, call, exception);

    internal void ReminderFailed(GrainId grainId, string reminderName, DateTime nextTick, Exception exception) =>
        LogReminderFailed(logger, grainId, reminderName, nextTick, exception);

    internal void ReminderRefreshFailed(TimeSpan delay, Exception exception) => LogReminderRefreshFailed(logger, delay, exception);
}
