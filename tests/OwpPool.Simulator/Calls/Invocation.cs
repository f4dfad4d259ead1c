namespace OwpPool.Simulator;

/// <summary>Something that waits in an activation's mailbox: a call or a timer tick.</summary>
internal abstract class Invocation
{
    internal const long NoDeadline = long.MaxValue;

    /// <summary>Neighbours in whichever of the mailbox's lists this is in; the mailbox's lock guards them.</summary>
    internal Invocation? Next { get; set; }

    internal Invocation? Previous { get; set; }

    /// <summary>When the caller stops waiting, in the clock's timestamps.</summary>
    internal long Deadline { get; set; } = NoDeadline;

    /// <summary>Runs between the turns of anything else.</summary>
    internal abstract bool IsAlwaysInterleave { get; }

    /// <summary>Runs between the turns of others like it.</summary>
    internal abstract bool IsReadOnly { get; }

    /// <summary>Counts as use of the grain and puts off idle deactivation.</summary>
    internal abstract bool IsKeepAlive { get; }

    /// <summary>Belongs to this activation and not to the grain: never goes to the next one.</summary>
    internal abstract bool IsLocal { get; }

    /// <summary>Whether anybody still waits for the end; what nobody waits for and has not begun is dropped.</summary>
    internal abstract bool IsWanted { get; }

    /// <summary>Makes what the caller set in its request context the current one's.</summary>
    internal virtual void EnterContext()
    {
    }

    /// <summary>Begins to run, inside a turn; <see cref="Activation.OnEnded"/> follows, at once or later.</summary>
    internal abstract void Begin(Activation activation);

    /// <summary>Hands the end to the caller; a second arrival, or one after the timeout, changes nothing.</summary>
    internal abstract void Arrive();

    /// <summary>Ends without having run.</summary>
    internal abstract void Refuse(Exception reason);

    /// <summary>The deadline has passed: the caller gets a <see cref="TimeoutException"/>, the turn goes on.</summary>
    internal abstract void TimeOut(Activation? activation, bool hasBegun);
}
