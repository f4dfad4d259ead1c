namespace Orleans.Runtime;

/// <summary>A registered reminder; hand it back to unregister.</summary>
public interface IGrainReminder
{
    string ReminderName { get; }
}
