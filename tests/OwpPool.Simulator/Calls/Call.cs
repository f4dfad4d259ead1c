using Orleans.CodeGeneration;
using Orleans.Serialization.Invocation;

namespace OwpPool.Simulator;

/// <summary>One call of a grain method: a request as Orleans' proxy made it, on its way there and back.</summary>
/// <param name="silo">Where the call is made.</param>
/// <param name="target">The grain that is called.</param>
/// <param name="request">Its arguments are copies already.</param>
/// <param name="options">How the call may run.</param>
/// <param name="read">Takes the caller's result out of the response.</param>
internal sealed class Call<T>(
    SiloProcess silo, GrainId target, IInvokable request, InvokeMethodOptions options, Func<Response, T> read) : Invocation
{
    // Not Orleans' own ResponseCompletionSource: that one resumes its caller in the thread pool.
    private readonly TaskCompletionSource<T> _completion = new();
    private readonly KeyValuePair<string, object>[] _context = [.. RequestContext.Entries];
    private IInvokable _request = request;
    private Activation? _activation;
    private Response? _response;
    private CancellationTokenRegistration _cancellation;

    internal Task<T> Completion => _completion.Task;

    internal override bool IsAlwaysInterleave => options.HasFlag(InvokeMethodOptions.AlwaysInterleave);

    internal override bool IsReadOnly => options.HasFlag(InvokeMethodOptions.ReadOnly);

    internal override bool IsKeepAlive => true;

    internal override bool IsLocal => false;

    internal override bool IsWanted => IsOneWay || !_completion.Task.IsCompleted;

    private bool IsOneWay => options.HasFlag(InvokeMethodOptions.OneWay);

    public override string ToString() => $"{_request.GetInterfaceName()}.{_request.GetMethodName()} of {target}";

    /// <summary>Sends the call on its way; the caller may go on at once where it waits for no answer.</summary>
    internal Call<T> Send()
    {
        var token = _request.GetCancellationToken();
        if (token.CanBeCanceled) _cancellation = token.UnsafeRegister(static (call, token) => ((Call<T>)call!).Cancel(token), this);
        var timeout = _request.GetDefaultResponseTimeout();
        if (silo.Scheduler.SendsBytes) _request = (IInvokable)OrleansParts.Resend<object>(_request);
        if (IsOneWay) _completion.SetResult(default!);
        silo.Send(target, this, timeout);
        return this;
    }

    internal override void EnterContext()
    {
        foreach (var (key, value) in _context) RequestContext.Set(key, value);
    }

    internal override void Begin(Activation activation)
    {
        _activation = activation;
        EnterContext();
        _request.SetTarget(activation);
        var running = _request.Invoke();
        // A method that ends at once ends in this turn; another in its own last one, before any other turn can change its result.
        if (running.IsCompleted) End(running.Result);
        else _ = running.AsTask().ContinueWith(static (ended, call) => ((Call<T>)call!).End(ended.Result), this, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, activation);
    }

    internal override void Arrive()
    {
        _cancellation.Unregister();
        if (_response!.Exception is { } failure) _completion.TrySetException(failure);
        else _completion.TrySetResult(read(_response));
    }

    internal override void Refuse(Exception reason)
    {
        _response = Response.FromException(reason);
        Arrive();
    }

    internal override void TimeOut(Activation? activation, bool hasBegun)
    {
        var progress = hasBegun ? "it may still be running" : "it has not begun to run";
        _completion.TrySetException(new TimeoutException($"No response to {this} arrived in time; {progress} on {activation?.ToString() ?? "its grain"}."));
    }

    /// <summary>The caller waits no longer, and the grain hears of it in a turn of its own.</summary>
    private void Cancel(CancellationToken token)
    {
        _completion.TrySetCanceled(token);
        _activation?.RunSoon(() => _request.TryCancel());
    }

    private void End(Response response)
    {
        // Before it is copied: the activation knows the conflicts of its own states by the very exception.
        var failure = response.Exception;
        if (!IsOneWay) _response = CopyOf(response);
        _activation!.OnEnded(this, failure);
        if (!IsOneWay) silo.Scheduler.Deliver(this);
        else if (failure is not null) silo.Log.OneWayFailed(this, failure);
    }

    /// <summary>What cannot be copied is the caller's to know: without an answer the call would never end.</summary>
    private Response CopyOf(Response response)
    {
        try
        {
            return silo.Scheduler.SendsBytes ? OrleansParts.Resend(response) : OrleansParts.Copy(response);
        }
        catch (Exception exception)
        {
            return Response.FromException(exception);
        }
    }
}
