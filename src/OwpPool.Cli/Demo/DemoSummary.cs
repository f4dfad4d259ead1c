using System.Globalization;
using OwpPool.Cli.Output;
using Spectre.Console;

namespace OwpPool.Cli.Demo;

/// <summary>The table at the end: what each worker did, and all of them together.</summary>
internal static class DemoSummary
{
    public static void Write(IAnsiConsole console, DemoPicture picture)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("worker").AddColumn("skills").AddColumn("merged tasks").AddColumn("areas")
            .AddColumn(Number("tasks")).AddColumn(Number("points"));
        foreach (var worker in picture.Workers)
        {
            var titles = worker.Merged.Select(task => Printable.Of(task.Title));
            var areas = worker.Merged.Select(task => task.Area).OfType<string>().Distinct().Order(StringComparer.Ordinal)
                .Select(Printable.Of);
            table.AddRow(
                new Text(worker.Name), new Text(string.Join(", ", worker.Skills)), new Text(string.Join('\n', titles)),
                new Text(string.Join('\n', areas)), Count(worker.Merged.Count), Count(worker.Merged.Sum(task => task.Points)));
        }
        var all = picture.Workers.SelectMany(worker => worker.Merged).ToList();
        table.AddEmptyRow();
        table.AddRow(
            new Text("all"), Text.Empty, new Text(picture.MergedBefore == 0 ? "" : $"{picture.MergedBefore} more were merged before"),
            Text.Empty, Count(all.Count), Count(all.Sum(task => task.Points)));
        console.Write(table);
    }

    private static TableColumn Number(string header) => new TableColumn(header).RightAligned();

    private static Text Count(int count) => new(count.ToString(CultureInfo.InvariantCulture));
}
