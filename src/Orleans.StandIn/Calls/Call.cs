using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>One call of a grain method.</summary>
internal sealed class Call<TArguments, TResult> : Invocation, ICall
{
    private readonly GrainMethod<TArguments, TResult> _method;
    private readonly TaskCompletionSource<TResult> _completion;
    private readonly Dictionary<string, object>? _requestContext;
    private readonly GrainId _target;
    private TArguments _arguments;
    private Activation? _activation;
    private TResult? _result;
    private Exception? _exception;
    private CancellationTokenRegistration _cancellation;

    internal Call(GrainMethod<TArguments, TResult> method, GrainId target, TArguments arguments, TaskCreationOptions options)
    {
        _completion = new TaskCompletionSource<TResult>(options);
        _method = method;
        _target = target;
        _arguments = method.CopyArguments is { } copy ? Copy(arguments, copy) : arguments;
        _requestContext = RequestContext.Export();
        SourceId = RuntimeContext.Current?.GrainId;
        if (method.GetToken is { } getToken)
            ObserveCancellation(getToken(arguments));
        if (method.IsOneWay)
            _completion.SetResult(default!);
    }

    public GrainMethod Method => _method;

    public GrainId TargetId => _target;

    public GrainId? SourceId { get; }

    internal Task<TResult> Completion => _completion.Task;

    internal override bool IsAlwaysInterleave => _method.IsAlwaysInterleave;

    internal override bool IsReadOnly => _method.IsReadOnly;

    internal override bool IsKeepAlive => true;

    internal override bool IsLocal => false;

    internal override bool IsWanted => _method.IsOneWay || !_completion.Task.IsCompleted;

    public override string ToString() => $"{_method} of {_target}";

    internal override void Begin(Activation activation)
    {
        _activation = activation;
        ValueTask<TResult> running;
        try
        {
            RequestContext.Import(_requestContext);
            running = activation.Filters.Count == 0
                ? _method.Invoke(activation.GrainInstance!, _arguments)
                : FilteredCall.InvokeAsync(activation, this, () => _method.Invoke(activation.GrainInstance!, _arguments));
        }
        catch (Exception exception)
        {
            End(default, exception);
            return;
        }
        if (running.IsCompletedSuccessfully)
            End(running.Result, null);
        else
            EndWith(running.AsTask(), activation);
    }

    internal override void Arrive()
    {
        _cancellation.Unregister();
        if (_exception is null)
            _completion.TrySetResult(_result!);
        else
            _completion.TrySetException(_exception);
    }

    internal override void Refuse(Exception reason)
    {
        _exception = reason;
        Arrive();
    }

    internal override void TimeOut(Activation? activation, bool hasBegun)
    {
        var progress = hasBegun ? "it may still be running" : "it has not begun to run";
        _completion.TrySetException(new TimeoutException($"No response to {this} arrived in time; {progress} on {activation?.ToString() ?? "its grain"}."));
    }

    private static TArguments Copy(TArguments arguments, Func<TArguments, CopyContext, TArguments> copy)
    {
        var context = CopyContext.Rent();
        try
        {
            return copy(arguments, context);
        }
        finally
        {
            context.Return();
        }
    }

    private void ObserveCancellation(CancellationToken token)
    {
        if (token.CanBeCanceled)
            _cancellation = token.UnsafeRegister(static (call, token) => ((Call<TArguments, TResult>)call!)._completion.TrySetCanceled(token), this);
    }

    /// <summary>The continuation runs inside the last turn of the method, so the result is copied before any other turn can change
    /// it.</summary>
    private void EndWith(Task<TResult> running, Activation activation) =>
        running.ContinueWith(
            static (ended, call) => ((Call<TArguments, TResult>)call!).End(ended),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            activation);

    private void End(Task<TResult> ended)
    {
        if (ended.IsCompletedSuccessfully)
            End(ended.Result, null);
        else
            End(default, ended.Exception?.InnerException ?? new TaskCanceledException(ended));
    }

    private void End(TResult? result, Exception? exception)
    {
        var activation = _activation!;
        _arguments = default!;
        _exception = exception;
        if (exception is null && !_method.IsOneWay)
            KeepResult(result!);
        activation.OnEnded(this, _exception);
        if (!_method.IsOneWay)
            activation.Silo.Turns.Deliver(this);
        else if (_exception is not null)
            activation.Silo.Log.OneWayFailed(this, _exception);
    }

    private void KeepResult(TResult result)
    {
        try
        {
            _result = _method.SharesResult ? result : Copier.Copy(result);
        }
        catch (CodecNotFoundException exception)
        {
            _exception = exception;
        }
    }
}
