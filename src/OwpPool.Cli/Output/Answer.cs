using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace OwpPool.Cli.Output;

/// <summary>Writes a command's data: as JSON where <c>--json</c> asks for it, as a table on a terminal, else as lines of fields with tabs
/// between them and without a header.</summary>
internal sealed class Answer(Invocation invocation)
{
    /// <summary>Between two columns, in characters.</summary>
    private const int Gap = 2;

    /// <summary>A column of words stays readable down to this width, in characters.</summary>
    private const int LeastWrapped = 24;

    /// <summary>The option of every command that answers with data.</summary>
    public static readonly Option<string?> Json = new("--json")
    {
        Description = "Write JSON: all fields, or only those named, comma-separated.",
        HelpName = "fields",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>For commands that change something: refuses unknown fields before it is done.</summary>
    /// <exception cref="UsageException"><c>--json</c> names a field that the answer does not have.</exception>
    public void Check<T>(JsonTypeInfo<T> type)
    {
        if (invocation.Has(Json)) _ = new JsonFields<T>(type, invocation.Get(Json));
    }

    /// <summary>One thing.</summary>
    /// <param name="value">It.</param>
    /// <param name="type">How it is written as JSON.</param>
    /// <param name="lines">What a person is shown of it, by name.</param>
    public void Write<T>(T value, JsonTypeInfo<T> type, params ReadOnlySpan<(string Name, object? Value)> lines)
    {
        if (invocation.Has(Json))
        {
            WriteJson(new JsonFields<T>(type, invocation.Get(Json)).Pick(value));
            return;
        }
        var host = invocation.Host;
        if (!host.IsOutputTerminal)
        {
            foreach (var (name, cell) in lines) host.Output.WriteLine($"{name}\t{Cell.ForPrograms(cell)}");
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, cell) in lines) grid.AddRow(new Text(name, new Style(Color.Grey)), Show(name, cell));
        Screen.Of(host).Write(grid);
    }

    /// <summary>Many of a kind.</summary>
    /// <param name="items">They.</param>
    /// <param name="type">How one is written as JSON.</param>
    /// <param name="none">What a person is told where there are none.</param>
    /// <param name="columns">What a person is shown of each.</param>
    public void WriteAll<T>(
        IReadOnlyCollection<T> items, JsonTypeInfo<T> type, string none, params IReadOnlyList<Column<T>> columns)
    {
        if (invocation.Has(Json))
        {
            var fields = new JsonFields<T>(type, invocation.Get(Json));
            WriteJson(new JsonArray([.. items.Select(item => (JsonNode)fields.Pick(item))]));
            return;
        }
        var host = invocation.Host;
        if (items.Count == 0) invocation.Say(none);
        else if (host.IsOutputTerminal) WriteTable(items, columns);
        else
            foreach (var item in items)
                WriteFields(item, columns);
    }

    /// <summary>What belongs to the thing that was written: for a person only, under it. JSON has it in the thing itself.</summary>
    public void WriteBelow<T>(IReadOnlyCollection<T> items, params IReadOnlyList<Column<T>> columns)
    {
        if (items.Count == 0 || invocation.Has(Json) || !invocation.Host.IsOutputTerminal) return;
        invocation.Output.WriteLine();
        WriteTable(items, columns);
    }

    /// <summary>Many of a kind that come one by one: for a person a line each, with <c>--json</c> an object a line.</summary>
    /// <param name="type">How one is written as JSON.</param>
    /// <param name="show">What a person is shown of it.</param>
    /// <param name="columns">What a program is given of it.</param>
    public Action<T> LineByLine<T>(JsonTypeInfo<T> type, Func<T, string> show, IReadOnlyList<Column<T>> columns)
    {
        var host = invocation.Host;
        if (invocation.Has(Json))
        {
            var fields = new JsonFields<T>(type, invocation.Get(Json));
            return item => host.Output.WriteLine(JsonText.Of(fields.Pick(item)));
        }
        if (host.IsOutputTerminal) return item => host.Output.WriteLine(Printable.Of(show(item)));
        return item => WriteFields(item, columns);
    }

    private void WriteFields<T>(T item, IReadOnlyList<Column<T>> columns) =>
        invocation.Output.WriteLine(string.Join('\t', columns.Select(column => Cell.ForPrograms(column.Value(item)))));

    private void WriteTable<T>(IEnumerable<T> items, IReadOnlyList<Column<T>> columns)
    {
        var now = invocation.Host.Time.GetUtcNow();
        List<object?[]> rows = [.. items.Select(item => columns.Select(column => column.Value(item)).ToArray())];
        var widths = columns.Select((column, i) => Gap + Math.Max(column.Header.Length, column.Wraps ? LeastWrapped
            : rows.Max(row => Cell.ForPeople(row[i], now).Length))).ToList();
        var screen = Screen.Of(invocation.Host);
        var shown = Fitting(columns.Select((column, i) => (column.Rank, widths[i])), screen.Profile.Width);
        var table = new Table().Border(TableBorder.None);
        foreach (var i in shown)
        {
            var header = new TableColumn(new Text(columns[i].Header.ToUpperInvariant(), new Style(Color.Grey))).PadLeft(0).PadRight(Gap);
            table.AddColumn(columns[i].Wraps ? header : header.NoWrap());
        }
        foreach (var row in rows) table.AddRow(shown.Select(i => Show(columns[i].Header, row[i])));
        // Where even those are too wide, the terminal's own line breaks do less harm than an id in two halves.
        screen.Profile.Width = Math.Max(screen.Profile.Width, shown.Sum(i => widths[i]));
        screen.Write(table);
    }

    /// <summary>The places of as many columns as there is room for, those of the highest rank left out first.</summary>
    private static List<int> Fitting(IEnumerable<(int Rank, int Width)> columns, int room)
    {
        var kept = columns.Select((column, place) => (column.Rank, column.Width, Place: place)).ToList();
        while (kept.Sum(column => column.Width) > room && kept.MaxBy(column => column.Rank) is { Rank: > 0 } least) kept.Remove(least);
        return kept.ConvertAll(column => column.Place);
    }

    private Text Show(string name, object? value) => new(
        Cell.ForPeople(value, invocation.Host.Time.GetUtcNow()), name is "status" or "result" ? Tone.Of(value as string) : null);

    private void WriteJson(JsonNode node) =>
        invocation.Output.WriteLine(invocation.Host.IsOutputTerminal ? JsonText.IndentedOf(node) : JsonText.Of(node));
}
