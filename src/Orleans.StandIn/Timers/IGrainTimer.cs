namespace Orleans.Runtime;

/// <summary>A running grain timer; disposing of it stops it and cancels the token of a tick that is under way.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets both spans anew; within a tick it takes effect when the tick ends.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}
