namespace OwpPool.Simulator;

/// <summary>Runs everything on one thread and picks what happens next at random from the seed: the same seed, the same history.</summary>
internal sealed class SimulationScheduler(int seed, SimulationClock clock, SimulationFaults faults)
{
    private readonly Random _random = new(seed);

    /// <summary>What can happen next; one of these is picked: a queue's turn, the end of a pause, the arrival of a call's answer.</summary>
    private readonly List<object> _ready = [];

    private readonly List<Invocation> _unanswered = [];
    private readonly Dictionary<GrainId, List<Activation>> _twins = [];
    private readonly List<string> _trace = [];
    private int _thread = Environment.CurrentManagedThreadId;
    private int _activations;
    private volatile string? _escape;

    internal SimulationClock Clock => clock;

    internal SimulationFaults Faults { get; set; } = faults;

    /// <summary>What has gone wrong so far.</summary>
    internal SimulationCounts Injected { get; } = new();

    /// <summary>Whether to keep the trace; off by default, for it costs more than the steps themselves.</summary>
    internal bool IsTracing { get; set; }

    /// <summary>Whether each request and response is serialised and read back, as between two silos: half as fast, and finds what lacks an
    /// <c>[Id]</c> or a codec.</summary>
    internal bool SendsBytes { get; init; }

    /// <summary>What happened, one line a step.</summary>
    internal IReadOnlyList<string> Trace => _trace;

    /// <summary>The number of a new activation.</summary>
    internal int NextActivation() => ++_activations;

    /// <summary>Whether the queue is woken where everything is to happen; if not, the run has failed.</summary>
    internal bool IsOnItsThread(TurnQueue queue)
    {
        if (Environment.CurrentManagedThreadId == _thread) return true;
        _escape ??= $"{queue} was woken from another thread.";
        return false;
    }

    /// <summary>The queue has become ready; its turns run some time from now, never on this stack.</summary>
    internal void Schedule(TurnQueue queue) => _ready.Add(queue);

    /// <summary>A call is about to be sent. True: it is on its way for a while and is forwarded later.</summary>
    internal bool Postpone(SiloProcess silo, GrainId target, Invocation call)
    {
        if (!Chance(Faults.DelayCall)) return false;
        Injected.DelayedCalls++;
        Note("postpone", call);
        Withhold(call);
        At(Faults.LongestDelay * _random.NextDouble(), () =>
        {
            if (_unanswered.Remove(call)) silo.Forward(target, call);
        });
        return true;
    }

    /// <summary>A call has ended; its caller is to learn of it by <see cref="Invocation.Arrive"/>.</summary>
    internal void Deliver(Invocation ended)
    {
        if (Chance(Faults.DropReply))
        {
            Injected.DroppedReplies++;
            Note("drop", ended);
            Withhold(ended);
            return;
        }
        if (Chance(Faults.DuplicateReply))
        {
            Injected.DuplicatedReplies++;
            _ready.Add(ended);
        }
        if (Chance(Faults.DelayReply))
        {
            Injected.DelayedReplies++;
            Note("delay", ended);
            Withhold(ended);
            At(Faults.LongestDelay * _random.NextDouble(), () => _ready.Add(ended));
            return;
        }
        _ready.Add(ended);
    }

    /// <summary>Which of possibly several activations of a grain gets the call.</summary>
    internal Activation Route(Activation registered)
    {
        if (!_twins.TryGetValue(registered.GrainId, out var twins)) return registered;
        twins.RemoveAll(twin => twin.State == ActivationState.Invalid);
        var choice = _random.Next(twins.Count + 1);
        return choice == twins.Count ? registered : twins[choice];
    }

    /// <summary>The activation lives on beside the one that the grain's next call makes; calls reach either.</summary>
    internal void AddTwin(Activation activation)
    {
        if (!_twins.TryGetValue(activation.GrainId, out var twins)) _twins[activation.GrainId] = twins = [];
        twins.Add(activation);
    }

    internal bool Chance(double probability) => probability > 0 && _random.NextDouble() < probability;

    internal int Next(int bound) => _random.Next(bound);

    internal void Note(string what, object? whom = null)
    {
        if (IsTracing) _trace.Add($"{clock.Elapsed} {what} {whom}");
    }

    /// <summary>Completes at a random later step, as I/O does.</summary>
    internal Task Pause(string what)
    {
        var pause = new Pausing(what);
        _ready.Add(pause);
        return pause.Task;
    }

    /// <summary>The caller's thread is the one that everything happens on until further notice.</summary>
    /// <exception cref="InvalidOperationException">Something has happened on another one, so that this run could not be
    /// repeated.</exception>
    internal void EnterThread()
    {
        if (_escape is { } escape) throw new InvalidOperationException($"The simulation is not deterministic: {escape}");
        _thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>Does one thing. False when nothing is ready and no timer is due up to <paramref name="until"/>.</summary>
    internal bool Step(TimeSpan until)
    {
        var mayPass = clock.NextDue is { } due && due <= until;
        if (_ready.Count == 0 || (mayPass && Chance(Faults.TimePasses)))
        {
            if (!mayPass) return false;
            if (_ready.Count > 0) Injected.TimePassed++;
            Note("time");
            clock.FireNext();
            return true;
        }
        var index = _random.Next(_ready.Count);
        Do(index);
        return true;
    }

    /// <summary>The process is gone: what was under way is not, and callers outside learn that the connection broke.</summary>
    internal void Kill()
    {
        Note("kill");
        var lost = _unanswered.Concat(_ready.OfType<Invocation>()).ToArray();
        var twins = _twins.Values.SelectMany(list => list).ToArray();
        _ready.RemoveAll(item => item is Invocation or Pausing || (item is TurnQueue queue && queue is not SimulationClient));
        _unanswered.Clear();
        _twins.Clear();
        foreach (var twin in twins) twin.Abandon();
        foreach (var call in lost) call.Refuse(new SiloUnavailableException($"The silo went away before {call} was answered."));
    }

    private void Do(int index)
    {
        switch (_ready[index])
        {
            case TurnQueue queue:
                Note("turn", queue);
                queue.RunTurn();
                if (!queue.HasTurn && !queue.RunTurn()) _ready.Remove(queue);
                break;
            case Invocation ended:
                _ready.RemoveAt(index);
                _unanswered.Remove(ended);
                Note("reply", ended);
                ended.Arrive();
                break;
            case Pausing pausing:
                _ready.RemoveAt(index);
                Note(pausing.What);
                pausing.SetResult();
                break;
        }
    }

    /// <summary>The caller waits on, until its time is over.</summary>
    private void Withhold(Invocation call)
    {
        _unanswered.Add(call);
        if (call.Deadline == Invocation.NoDeadline) return;
        At(TimeSpan.FromTicks(Math.Max(0, call.Deadline - clock.GetTimestamp())), () =>
        {
            if (_unanswered.Remove(call)) call.TimeOut(null, hasBegun: true);
        });
    }

    private void At(TimeSpan wait, Action action) => clock.CreateTimer(_ => action(), null, wait, Timeout.InfiniteTimeSpan);

    private sealed class Pausing(string what) : TaskCompletionSource
    {
        internal string What => what;
    }
}
