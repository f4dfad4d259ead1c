namespace OwpPool.Simulator;

/// <summary>The handle a grain holds: good for the stored version it was made from.</summary>
internal sealed record SimulatedReminder(GrainId GrainId, string ReminderName, string ETag) : IGrainReminder
{
    public override string ToString() => $"<Reminder {ReminderName} of {GrainId}, version {ETag}>";

    internal static SimulatedReminder From(ReminderEntry entry) => new(entry.GrainId, entry.ReminderName, entry.ETag ?? string.Empty);
}
