using System.Text.Json.Serialization.Metadata;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Output;

public sealed class AnswerTests
{
    private static readonly JsonTypeInfo<LostTask> Type = PoolWire.TypeOf<LostTask>();
    private static readonly LostTask Lost = new("t_1", "lease_expired");

    [Theory]
    [InlineData(null, """{"task_id":"t_1","reason":"lease_expired"}""")]
    [InlineData("reason", """{"reason":"lease_expired"}""")]
    [InlineData("reason, id", """{"reason":"lease_expired","id":"t_1"}""")]
    [InlineData("task_id,task_id", """{"task_id":"t_1"}""")]
    public void Pick_FieldsAsked_AreThoseInTheirOrder(string? asked, string expected) =>
        Assert.Equal(expected, new JsonFields<LostTask>(Type, asked).Pick(Lost).ToJsonString());

    [Fact]
    public void Pick_FieldWithoutValue_IsThereAsNull() => Assert.Equal("""{"github_handle":null}""",
        new JsonFields<WorkerSelf>(PoolWire.TypeOf<WorkerSelf>(), "github_handle")
            .Pick(new WorkerSelf { WorkerId = "w_1", Name = "ada" }).ToJsonString());

    [Fact]
    public void Pick_RecordWithSharedFields_BeginsWithThem() => Assert.StartsWith("""{"task_id":"t_1","repo":"a/b","title":""",
        new JsonFields<TaskSummary>(PoolWire.TypeOf<TaskSummary>(), null)
            .Pick(new TaskSummary { TaskId = "t_1", Repo = "a/b", Title = "x", Status = "ready" }).ToJsonString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("reson")]
    [InlineData("reason,Task_Id")]
    [InlineData(",")]
    public void JsonFields_Unknown_ListsTheKnown(string asked)
    {
        var failure = Assert.Throws<UsageException>(() => new JsonFields<LostTask>(Type, asked));
        Assert.EndsWith("The fields are task_id, reason.", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "now")]
    [InlineData(-59, "59s ago")]
    [InlineData(-60, "1m ago")]
    [InlineData(3600, "in 1h")]
    [InlineData(-5400, "1h30m ago")]
    [InlineData(-86_400 * 3, "3d ago")]
    public void Ago_Instant_IsInItsLargestUnit(int seconds, string expected) =>
        Assert.Equal(expected, Ago.Of(DateTimeOffset.UnixEpoch.AddSeconds(seconds), DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("plain ü", "plain ü")]
    [InlineData("a\tb\nc\u001b[31m", "a·b·c·[31m")]
    [InlineData("ad\u202emin", "ad·min")]
    public void Printable_TextThatSteers_IsMadeHarmless(string text, string expected) => Assert.Equal(expected, Printable.Of(text));

    [Fact]
    public void Cell_ForPrograms_HasOneFormForEverything()
    {
        Assert.Equal("2026-01-18T05:00:00.000Z", Cell.ForPrograms(new DateTimeOffset(2026, 1, 18, 6, 0, 0, TimeSpan.FromHours(1))));
        Assert.Equal("a,b", Cell.ForPrograms(new[] { "a", "b" }));
        Assert.Equal("", Cell.ForPrograms(null));
        Assert.Equal("0.5", Cell.ForPrograms(0.5));
    }
}
