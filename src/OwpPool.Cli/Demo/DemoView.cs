using System.Globalization;
using OwpPool.Cli.Output;
using Spectre.Console;

namespace OwpPool.Cli.Demo;

/// <summary>Shows a run while it goes on: a table that is redrawn on a terminal, a line a step elsewhere.</summary>
internal static class DemoView
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(120);

    public static async Task<T> ShowAsync<T>(IAnsiConsole console, DemoBoard board, Func<Task<T>> run)
    {
        if (console.Profile.Capabilities is not { Interactive: true, Ansi: true }) return await ShowLinesAsync(console, board, run);
        var work = run();
        await console.Live(Table(board.Picture())).AutoClear(true).StartAsync(async live =>
        {
            while (!work.IsCompleted)
            {
                live.UpdateTarget(Table(board.Picture()));
                await Task.WhenAny(work, Task.Delay(Redraw));
            }
        });
        return await work;
    }

    private static async Task<T> ShowLinesAsync<T>(IAnsiConsole console, DemoBoard board, Func<Task<T>> run)
    {
        var output = console.Profile.Out.Writer;
        board.Stepped += WriteLine;
        try
        {
            return await run();
        }
        finally
        {
            board.Stepped -= WriteLine;
        }

        void WriteLine(DemoStep step)
        {
            var note = step.Note is null ? "" : $"  {Printable.Of(step.Note)}";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{step.At:HH:mm:ss}  {step.Worker,-4} {step.Phase,-11}  {Printable.Of(step.Task.Title)}{note}"));
        }
    }

    private static Table Table(DemoPicture picture)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Title(picture))
            .AddColumn("worker").AddColumn("skills").AddColumn("at work on").AddColumn(new TableColumn("merged").RightAligned());
        foreach (var worker in picture.Workers)
        {
            var doing = worker.Doing.Select(step => $"{step.Phase.Replace('_', ' '),-11} {Printable.Of(step.Task.Title)}");
            table.AddRow(new Text(worker.Name), new Text(string.Join(", ", worker.Skills)), new Text(string.Join('\n', doing)),
                new Text(worker.Merged.Count.ToString(CultureInfo.InvariantCulture)));
        }
        return table;
    }

    private static string Title(DemoPicture picture)
    {
        var ready = picture.Pool is null ? "" : $", {picture.Pool.TasksReady} ready, {picture.Pool.TasksPrOpened} under review";
        return $"{picture.Merged} of {picture.Total} merged{ready}";
    }
}
