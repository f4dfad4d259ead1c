using System.Globalization;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Run;

/// <summary>Writes a worker's steps as they happen, a line each: for a person, for a program, or as JSON. Safe to use from several threads.
/// </summary>
internal sealed class StepWriter
{
    private readonly Lock _gate = new();
    private readonly Invocation _invocation;
    private readonly JsonFields<RunStep>? _json;
    private bool _isBroken;

    /// <exception cref="UsageException"><c>--json</c> names a field that a step does not have.</exception>
    public StepWriter(Invocation invocation)
    {
        _invocation = invocation;
        if (invocation.Has(Answer.Json)) _json = new JsonFields<RunStep>(CliJson.Default.RunStep, invocation.Get(Answer.Json));
    }

    public void Write(RunStep step) => WriteLine(_json is not null ? JsonText.Of(_json.Pick(step))
        : _invocation.Host.IsOutputTerminal ? ForPeople(step) : ForPrograms(step));

    /// <summary>Tells what a signal brings about.</summary>
    public void WriteEnd(TimeProvider time, bool isStop) => Write(new RunStep(time.GetUtcNow(), isStop ? Steps.Stopping : Steps.Draining)
    {
        Note = isStop ? "ending running tasks and releasing them" : "finishing running tasks; Ctrl-C again stops now",
    });

    /// <summary>A line of a command's output.</summary>
    public void Echo(string taskId, string line)
    {
        if (_json is null) WriteLine($"{(_invocation.Host.IsOutputTerminal ? ShortIds.OfAny(taskId) : taskId)} | {Printable.Of(line)}");
    }

    private static string ForPeople(RunStep step)
    {
        var what = string.Join("  ", new[] { step.Title, step.Note }.OfType<string>().Select(Printable.Of));
        var whose = string.Concat(new[] { step.Worker, ShortIds.OfAny(step.TaskId) }.OfType<string>().Select(name => $"  {Printable.Of(name)}"));
        return string.Create(CultureInfo.InvariantCulture, $"{step.At.ToLocalTime():HH:mm:ss}  {step.Step,-11}{whose}  {what}");
    }

    private static string ForPrograms(RunStep step) =>
        string.Join('\t', new object?[] { step.At, step.Step, step.TaskId, step.Title, step.Note, step.Worker }.Select(Cell.ForPrograms));

    private void WriteLine(string line)
    {
        lock (_gate)
        {
            if (_isBroken) return;
            try
            {
                _invocation.Output.WriteLine(line);
                _invocation.Output.Flush();
            }
            catch (IOException)
            {
                // The terminal is closed; the work goes on.
                _isBroken = true;
            }
        }
    }
}
