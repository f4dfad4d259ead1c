namespace Orleans.Runtime;

/// <summary>Turns run on the thread pool; replies arrive at once.</summary>
internal sealed class ThreadPoolTurnScheduler : ITurnScheduler
{
    public bool TakesSingleTurns => false;

    public TaskCreationOptions CompletionOptions => TaskCreationOptions.RunContinuationsAsynchronously;

    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: false);

    public bool Postpone(Silo silo, GrainId target, Invocation call) => false;

    public void Deliver(Invocation ended) => ended.Arrive();

    public Activation Route(Activation registered) => registered;
}
