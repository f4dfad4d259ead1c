namespace OwpPool.Simulator.Tests;

/// <summary>Asserts that go on where they were awaited: those of xunit go on in the thread pool, where the simulator allows nothing.</summary>
internal static class Expect
{
    /// <summary>The exception of exactly this type that the call ends with.</summary>
    internal static async Task<T> ThrowsAsync<T>(Func<Task> call)
        where T : Exception =>
        Assert.IsType<T>(await FailureAsync(call));

    /// <summary>The exception of this type, or one derived from it, that the call ends with.</summary>
    internal static async Task<T> ThrowsAnyAsync<T>(Func<Task> call)
        where T : Exception =>
        Assert.IsAssignableFrom<T>(await FailureAsync(call));

    internal static async Task<Exception> FailureAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception exception)
        {
            return exception;
        }
        throw new Xunit.Sdk.XunitException("The call was to fail and has not.");
    }
}
