using System.Text;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Tests.Hosting;

public sealed class JsonFieldsTests
{
    [Theory]
    [InlineData("\"a\"", "a")]
    [InlineData("\"  a b  \"", "a b")]
    [InlineData("\"1234567890\"", "1234567890")]
    [InlineData("\"😀😀😀😀😀😀😀😀😀😀\"", "😀😀😀😀😀😀😀😀😀😀")]
    public void RequiredLine_Good_IsTrimmed(string json, string expected) =>
        Assert.Equal((expected, (string?)null), Read(json, static fields => fields.RequiredLine("f", 10)));

    [Theory]
    [InlineData("null", "is required")]
    [InlineData("\"\"", "must not be blank")]
    [InlineData("\" \\t\"", "must not contain control characters or line breaks")]
    [InlineData("\"\\u200b\\u2060\"", "must not be blank")]
    [InlineData("\"12345678901\"", "must have at most 10 characters")]
    [InlineData("\"a\\u0000b\"", "must not contain control characters or line breaks")]
    [InlineData("\"a\\nb\"", "must not contain control characters or line breaks")]
    [InlineData("\"a\\u2028b\"", "must not contain control characters or line breaks")]
    [InlineData("\"a\\u001b[0m\"", "must not contain control characters or line breaks")]
    [InlineData("\"a\\u202eb\"", "must not contain characters that change the direction of text")]
    [InlineData("7", "must be a string")]
    [InlineData("true", "must be a string")]
    [InlineData("[\"a\"]", "must be a string")]
    [InlineData("{}", "must be a string")]
    public void RequiredLine_Bad_SaysWhy(string json, string expected) =>
        Assert.Equal(expected, Read(json, static fields => fields.RequiredLine("f", 10)).Fault);

    [Theory]
    [InlineData("\"a\\nb\\tc\\r\\n\"", null)]
    [InlineData("\"a\\u0000\"", "must not contain control characters other than tabs and line breaks")]
    [InlineData("\"a\\u007f\"", "must not contain control characters other than tabs and line breaks")]
    [InlineData("\"12345678901\"", "must have at most 10 characters")]
    public void FreeText_KeepsLineBreaksOnly(string json, string? fault) =>
        Assert.Equal(fault, Read(json, static fields => fields.FreeText("f", 10)).Fault);

    [Theory]
    [InlineData("\"12345\"", null)]
    [InlineData("\"éé1\"", null)]
    [InlineData("\"ééé\"", "must have at most 5 bytes")]
    public void Document_CountsBytes(string json, string? fault) =>
        Assert.Equal(fault, Read(json, static fields => fields.Document("f", 5)).Fault);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("100", 100)]
    [InlineData("null", null)]
    public void Integer_Good_IsRead(string json, int? expected) =>
        Assert.Equal((expected, (string?)null), Read(json, static fields => fields.Integer("f", 1, 100)));

    [Theory]
    [InlineData("0", "must be from 1 to 100")]
    [InlineData("-0", "must be from 1 to 100")]
    [InlineData("101", "must be from 1 to 100")]
    [InlineData("2147483648", "must be from 1 to 100")]
    [InlineData("9223372036854775808", "must be a whole number from 1 to 100")]
    [InlineData("1e309", "must be a whole number from 1 to 100")]
    [InlineData("1.5", "must be a whole number from 1 to 100")]
    [InlineData("0.1", "must be a whole number from 1 to 100")]
    [InlineData("\"5\"", "must be a whole number")]
    [InlineData("true", "must be a whole number")]
    [InlineData("[5]", "must be a whole number")]
    public void Integer_Bad_SaysWhy(string json, string expected) =>
        Assert.Equal(expected, Read(json, static fields => fields.Integer("f", 1, 100)).Fault);

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("\"true\"")]
    [InlineData("[]")]
    public void Boolean_NotTrueOrFalse_SaysWhy(string json) =>
        Assert.Equal("must be true or false", Read(json, static fields => fields.Boolean("f")).Fault);

    [Theory]
    [InlineData("\"Yes\"")]
    [InlineData("\"yes \"")]
    [InlineData("\"\"")]
    [InlineData("\"maybe\"")]
    public void Choice_NotOneOfTheWords_NamesThem(string json) => Assert.Equal("must be one of yes, no",
        Read(json, static fields => fields.Choice("f", new Dictionary<string, int> { ["yes"] = 1, ["no"] = 0 })).Fault);

    [Theory]
    [InlineData("[]", null)]
    [InlineData("[\"a\",\" b \"]", null)]
    [InlineData("[\"a\",\"b\",\"c\"]", "must have at most 2 items")]
    [InlineData("[\"a\",null]", "item 1: must be a string")]
    [InlineData("[\"a\",7]", "item 1: must be a string")]
    [InlineData("[\" \"]", "item 0: must not be blank")]
    [InlineData("[\"abcde\"]", "item 0: must have at most 4 characters")]
    [InlineData("[\"a\\nb\"]", "item 0: must not contain control characters or line breaks")]
    [InlineData("\"a\"", "must be an array of strings")]
    [InlineData("{}", "must be an array of strings")]
    public void Lines_AreCheckedOneByOne(string json, string? fault) =>
        Assert.Equal(fault, Read(json, static fields => fields.Lines("f", 2, 4)).Fault);

    [Theory]
    [InlineData("{\"a\":1}", null)]
    [InlineData("{\"a\":\"123456789012345\"}", "must have at most 20 bytes")]
    [InlineData("[]", "must be an object")]
    [InlineData("\"{}\"", "must be an object")]
    public void RawObject_TakesObjectsUpToASize(string json, string? fault) =>
        Assert.Equal(fault, Read(json, static fields => fields.RawObject("f", 20)).Fault);

    [Theory]
    [InlineData("1234567890123456789012345678901234567890", true)]
    [InlineData("12345678901234567890123456789012345678901", false)]
    [InlineData("-1.5e300", true)]
    [InlineData("1e309", false)]
    [InlineData("-1e999999999", false)]
    [InlineData("{\"a\":[1,{\"b\":1e309}]}", false)]
    [InlineData("\"12345678901234567890123456789012345678901\"", true)]
    public void RawObject_Numbers_AreThoseThatEveryReaderTakes(string value, bool taken) => Assert.Equal(
        taken ? null : "must have numbers of at most 40 characters that a double can hold",
        Read($"{{\"n\":{value}}}", static fields => fields.RawObject("f", 1000)).Fault);

    [Fact]
    public void RawObject_ANumberOfThousandsOfDigits_IsRefused() => Assert.NotNull(
        Read($"{{\"n\":{new string('9', 5_000)}}}", static fields => fields.RawObject("f", 16 * 1024)).Fault);

    [Fact]
    public void Object_BadMember_IsNamedWithItsPath()
    {
        var body = JsonBody.Parse("""{"a":{"b":"x"},"c":1}"""u8.ToArray(), static fields =>
        {
            fields.Object("a")?.Integer("b", 0, 1);
            fields.Boolean("c");
            return "";
        });
        Assert.Equal(["a.b", "c"], body.Problem!.Facts.Errors!.Keys);
    }

    [Theory]
    [InlineData("tomorrow", "must be an RFC 3339 instant with a zone, such as 2026-01-18T05:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z", "must be in the years 1970 to 9998 (UTC)")]
    public void Instant_Bad_SaysWhatIsWanted(string text, string fault) =>
        Assert.Equal(fault, Read($"\"{text}\"", static fields => fields.Instant("f")).Fault);

    private static (T? Value, string? Fault) Read<T>(string json, Func<JsonFields, T> read)
    {
        T? value = default;
        var body = JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"f":{{json}}}"""), fields =>
        {
            value = read(fields);
            return "";
        });
        return (value, Fault(body.Problem));
    }

    private static string? Fault(Problem? problem) => problem is null ? null : Assert.Single(Assert.Single(problem.Facts.Errors!).Value);
}
