using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace OwpPool.Cli.Output;

/// <summary>Writes a command's data: as JSON where <c>--json</c> asks for it, as a table on a terminal, else as lines of fields with tabs
/// between them and without a header.</summary>
internal sealed class Answer(Invocation invocation)
{
    /// <summary>A column of words stays readable down to this width, in characters.</summary>
    private const int LeastWords = 24;

    /// <summary>The option of every command that answers with data.</summary>
    public static readonly Option<string?> Json = new("--json")
    {
        Description = "Write JSON: all fields, or only those named, comma-separated.",
        HelpName = "fields",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The option of every command that has <see cref="Json"/>.</summary>
    public static readonly Option<string?> Jq = new("--jq")
    {
        Description = "Filter the JSON with a jq expression; implies --json.",
        HelpName = "expression",
    };

    private JqFilter? _filter;

    /// <summary>Data is written as JSON.</summary>
    public bool IsJson => invocation.Has(Json) || invocation.Has(Jq);

    /// <summary>For commands that change something: refuses unknown fields before it is done.</summary>
    /// <exception cref="UsageException"><c>--json</c> names a field that the answer does not have, or <c>--jq</c> is no expression.
    /// </exception>
    public void Check<T>(JsonTypeInfo<T> type)
    {
        if (IsJson) _ = new JsonFields<T>(type, invocation.Get(Json));
        if (invocation.Get(Jq) is { } expression) JqFilter.Check(expression);
    }

    /// <summary>Waits until all that was written has come through <c>--jq</c>.</summary>
    /// <exception cref="UsageException">The expression does not fit the JSON.</exception>
    public void Finish()
    {
        using var filter = _filter;
        _filter = null;
        filter?.Finish();
    }

    /// <summary>One thing.</summary>
    /// <param name="value">It.</param>
    /// <param name="type">How it is written as JSON.</param>
    /// <param name="lines">What a person is shown of it, by name.</param>
    public void Write<T>(T value, JsonTypeInfo<T> type, params ReadOnlySpan<(string Name, object? Value)> lines)
    {
        if (IsJson)
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
        if (IsJson)
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
        if (items.Count == 0 || IsJson || !invocation.Host.IsOutputTerminal) return;
        invocation.Output.WriteLine();
        WriteTable(items, columns);
    }

    /// <summary>One of several lists of an answer: for a person a table under a heading, for a program lines that begin with its name. JSON has
    /// it in the answer itself.</summary>
    /// <param name="name">For programs.</param>
    /// <param name="heading">For people.</param>
    /// <param name="items">They; of none nothing is said.</param>
    /// <param name="columns">What is shown of each.</param>
    public void WriteSection<T>(string name, string heading, IReadOnlyCollection<T> items, params IReadOnlyList<Column<T>> columns)
    {
        if (items.Count == 0 || IsJson) return;
        if (!invocation.Host.IsOutputTerminal)
        {
            foreach (var item in items) WriteFields(item, [new Column<T>("list", _ => name), .. columns]);
            return;
        }
        var screen = Screen.Of(invocation.Host);
        // Who wants no colours wants plain text.
        var style = screen.Profile.Capabilities.ColorSystem is ColorSystem.NoColors ? Style.Plain : new Style(decoration: Decoration.Bold);
        screen.Write(new Text(Printable.Of(heading) + Environment.NewLine, style));
        WriteTable(items, columns);
    }

    /// <summary>A line for a person, beside what is written; programs are given none.</summary>
    public void WriteRemark(string text)
    {
        if (IsJson || !invocation.Host.IsOutputTerminal) return;
        Screen.Of(invocation.Host).Write(new Text(Printable.Of(text) + Environment.NewLine, new Style(Color.Grey)));
    }

    /// <summary>Many of a kind that come one by one: for a person a line each, with <c>--json</c> an object a line.</summary>
    /// <param name="type">How one is written as JSON.</param>
    /// <param name="show">What a person is shown of it.</param>
    /// <param name="columns">What a program is given of it.</param>
    public Action<T> LineByLine<T>(JsonTypeInfo<T> type, Func<T, string> show, IReadOnlyList<Column<T>> columns)
    {
        var host = invocation.Host;
        if (IsJson)
        {
            var fields = new JsonFields<T>(type, invocation.Get(Json));
            return item => WriteJson(fields.Pick(item), isLine: true);
        }
        if (host.IsOutputTerminal) return item => host.Output.WriteLine(Printable.Of(show(item)));
        return item => WriteFields(item, columns);
    }

    private void WriteFields<T>(T item, IReadOnlyList<Column<T>> columns) =>
        invocation.Output.WriteLine(string.Join('\t', columns.Select(column => Cell.ForPrograms(column.Value(item)))));

    private void WriteTable<T>(IReadOnlyCollection<T> items, IReadOnlyList<Column<T>> columns)
    {
        var now = invocation.Host.Time.GetUtcNow();
        var idLength = ShortIds.LengthFor(columns.Where(column => column.IsId)
            .SelectMany(column => items.Select(item => Cell.ForPrograms((column.Shown ?? column.Value)(item)))));
        List<string[]> rows = [.. items.Select(item => columns.Select(column => TextOf(column, item)).ToArray())];
        var needs = columns.Select((column, i) =>
        {
            var width = Math.Max(column.Header.Length, rows.Max(row => row[i].GetCellWidth()));
            // A column of nothing is the first to go.
            var rank = column.Rank > 0 && rows.TrueForAll(row => row[i] == Cell.Nothing) ? int.MaxValue : column.Rank;
            return new ColumnNeed(rank, width, column.Cuts || column.Wraps ? Math.Min(width, LeastWords) : width);
        });
        var screen = Screen.Of(invocation.Host);
        var shown = TableLayout.Fit(needs, screen.Profile.Width);
        var table = new Table().Border(TableBorder.None);
        foreach (var (place, width) in shown)
        {
            var header = new Text(columns[place].Header.ToUpperInvariant(), new Style(Color.Grey));
            table.AddColumn(new TableColumn(header).PadLeft(0).PadRight(place == shown[^1].Place ? 0 : TableLayout.Gap).Width(width));
        }
        foreach (var row in rows) table.AddRow(shown.Select(column => Styled(columns[column.Place], row[column.Place], column.Width)));
        // Where even those are too wide, the terminal's own line breaks do less harm than an id in two halves.
        screen.Profile.Width = Math.Max(screen.Profile.Width, shown.Sum(column => column.Width + TableLayout.Gap));
        screen.Write(table);

        string TextOf(Column<T> column, T item)
        {
            var text = Cell.ForPeople((column.Shown ?? column.Value)(item), now);
            return column.IsId ? ShortIds.Of(text, idLength) : text;
        }
    }

    private static Text Styled<T>(Column<T> column, string text, int width) =>
        new(column.Wraps ? text : TableLayout.Cut(text, width), StyleOf(column.Header, text));

    private Text Show(string name, object? value) =>
        new(Cell.ForPeople(value, invocation.Host.Time.GetUtcNow()), StyleOf(name, value as string));

    private static Style? StyleOf(string name, string? text) => name is "status" or "result" ? Tone.Of(text) : null;

    private void WriteJson(JsonNode node, bool isLine = false)
    {
        if (invocation.Get(Jq) is { } expression) (_filter ??= JqFilter.Start(expression, invocation.Output)).Write(JsonText.Of(node));
        else invocation.Output.WriteLine(invocation.Host.IsOutputTerminal && !isLine ? JsonText.IndentedOf(node) : JsonText.Of(node));
    }
}
