using OwpPool.Cli.Output;

namespace OwpPool.Cli.Tests.Output;

public sealed class TableLayoutTests
{
    private static readonly ColumnNeed Id = new(0, 8, 8);
    private static readonly ColumnNeed Title = new(0, 100, 24);
    private static readonly ColumnNeed Repo = new(1, 12, 12);
    private static readonly ColumnNeed Link = new(2, 40, 40);

    [Theory]
    [InlineData(200, "0:8 1:100 2:12 3:40")]
    [InlineData(140, "0:8 1:74 2:12 3:40")]
    [InlineData(90, "0:8 1:24 2:12 3:40")]
    [InlineData(89, "0:8 1:65 2:12")]
    [InlineData(48, "0:8 1:24 2:12")]
    [InlineData(40, "0:8 1:30")]
    [InlineData(10, "0:8 1:24")]
    public void Fit_Room_IsUsedAndTheLeastImportantLeftOut(int room, string expected) => Assert.Equal(expected,
        string.Join(' ', TableLayout.Fit([Id, Title, Repo, Link], room).Select(column => $"{column.Place}:{column.Width}")));

    [Theory]
    [InlineData("Index orders", 12, "Index orders")]
    [InlineData("Index orders", 11, "Index orde…")]
    [InlineData("Index orders", 7, "Index…")]
    [InlineData("データベース", 12, "データベース")]
    [InlineData("データベース", 7, "データ…")]
    [InlineData("a😀😀", 4, "a😀…")]
    public void Cut_TextTooLong_EndsInAnEllipsisAndNeverInHalfACharacter(string text, int width, string expected) =>
        Assert.Equal(expected, TableLayout.Cut(text, width));

    [Theory]
    [InlineData("t_aaaaaaaaaaa1 t_bbbbbbbbbbb1", 10)]
    [InlineData("t_aaaaaaaaaaa1 t_aaaaaaaaaab1", 13)]
    [InlineData("t_1 t_2", 10)]
    [InlineData("t_aaaaaaaaaaa1 t_aaaaaaaaaaa1", 10)]
    public void ShortIds_Length_TellsThemApart(string ids, int expected) => Assert.Equal(expected, ShortIds.LengthFor(ids.Split(' ')));
}
