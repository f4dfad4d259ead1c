using System.Globalization;

namespace OwpPool.Benchmarks;

/// <summary>The table that is printed, and what its figures are made of.</summary>
internal static class Report
{
    /// <summary>A part of the table.</summary>
    public static void Section(string title, params string[] columns)
    {
        Console.WriteLine();
        Console.WriteLine($"{title,-46}{string.Concat(columns.Select(column => $"{column,11}"))}");
    }

    /// <summary>A row; a figure that is not a number is left out.</summary>
    public static void Row(string name, params double[] figures) =>
        Console.WriteLine($"{name,-46}{string.Concat(figures.Select(figure => $"{Text(figure),11}"))}");

    /// <summary>A figure by itself.</summary>
    public static void Line(string name, double figure, string unit) => Console.WriteLine($"{name,-46}{Text(figure),11} {unit}");

    /// <summary>The value that the share of the values does not pass.</summary>
    public static double At(IReadOnlyList<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)(share * (sorted.Count - 1))];

    private static string Text(double figure) => double.IsNaN(figure) ? "-"
        : figure.ToString(Math.Abs(figure) >= 100 ? "N0" : "N1", CultureInfo.InvariantCulture);
}
