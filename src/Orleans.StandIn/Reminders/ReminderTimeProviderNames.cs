namespace Orleans.Reminders;

/// <summary>Keys of keyed <see cref="TimeProvider"/> services.</summary>
public static class ReminderTimeProviderNames
{
    /// <summary>The clock of reminders alone; without it they follow the unkeyed one.</summary>
    public const string Reminders = "Orleans.Reminders";
}
