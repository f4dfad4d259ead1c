using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain that can have reminders.</summary>
public interface IRemindable : IGrain
{
    /// <summary>A tick: an ordinary call, with the ordinary response timeout. If it throws, that is logged and the next one comes a period
    /// later. It may be late, missed or doubled.</summary>
    Task ReceiveReminder(string reminderName, TickStatus status);
}
