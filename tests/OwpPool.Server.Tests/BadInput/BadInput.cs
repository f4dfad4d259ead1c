namespace OwpPool.Server.Tests.BadInput;

/// <summary>One row of the table: what is sent, and how it is answered.</summary>
/// <param name="Number">Of reliability §4.2, 1 to 90.</param>
/// <param name="What">What is sent; unique within the number.</param>
/// <param name="PlayAsync">Sends it and asserts the answer.</param>
public sealed record BadInput(int Number, string What, Func<Stage, Task> PlayAsync);
