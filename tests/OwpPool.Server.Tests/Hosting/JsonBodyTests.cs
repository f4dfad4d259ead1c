using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tests.Hosting;

public sealed class JsonBodyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{\"name\":\"a\"")]
    [InlineData("{\"name\":\"a\"}x")]
    [InlineData("{\"name\":\"a\"}{\"name\":\"b\"}")]
    [InlineData("{\"name\":\"a\",}")]
    [InlineData("{\"name\":\"a\"/* why */}")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}")]
    [InlineData("{\"name\":\"a\",\"n\\u0061me\":\"b\"}")]
    [InlineData("{\"x\":{\"y\":1,\"y\":2},\"name\":\"a\"}")]
    [InlineData("{name:\"a\"}")]
    [InlineData("{'name':'a'}")]
    [InlineData("{\"name\":NaN}")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"\\udc00\":1,\"name\":\"a\"}")]
    [InlineData("{\"x\":[\"\\ud83d\\ud83d\"],\"name\":\"a\"}")]
    [InlineData("{\"name\":\"line\nbreak\"}")]
    [InlineData("\uFEFF{\"name\":\"a\"}")]
    public void Parse_NotOneWellFormedObject_NamesTheBody(string body)
    {
        var result = Parse(Encoding.UTF8.GetBytes(body));
        Assert.Null(result.Value);
        Assert.Equal(["body"], result.Problem!.Facts.Errors!.Keys);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xC3, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'{', 0, (byte)'}', 0 })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xED, 0xA0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    public void Parse_NotUtf8_NamesTheBody(byte[] body) => Assert.Equal(["body"], Parse(body).Problem!.Facts.Errors!.Keys);

    [Theory]
    [InlineData(JsonBody.MaxDepth, true)]
    [InlineData(JsonBody.MaxDepth + 1, false)]
    [InlineData(10_000, false)]
    public void Parse_Nested_TakesUpToTheLimit(int depth, bool taken)
    {
        var body = string.Concat(Enumerable.Repeat("{\"name\":", depth - 1)) + "{}" + new string('}', depth - 1);
        Assert.Equal(taken, JsonBody.Parse(Encoding.UTF8.GetBytes(body), static _ => "").Problem is null);
    }

    [Fact]
    public void Parse_EscapesPairsAndUnknownFields_AreRead()
    {
        var result = Parse("""{"Name":"other","unknown":[1],"name":"\ud83d\ude00 \u00e9"}"""u8.ToArray());
        Assert.Equal("😀 é", result.Value);
    }

    [Fact]
    public void Parse_AnyText_NeverThrowsAndNeverTakesWhatTheStrictReaderRefuses()
    {
        // Small alphabets of JSON's own characters reach far more states than random text.
        var characters = FsCheck.Fluent.Gen.Elements("{", "}", "[", "]", "\"", ":", ",", "name", "\\u", "d8", "00", "1", "e", "-", " ", "\\", "é", "\0");
        var texts = FsCheck.Fluent.Arb.ToArbitrary(FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.ArrayOf(characters), string.Concat));
        FsCheck.Check.QuickThrowOnFailure(FsCheck.Fluent.Prop.ForAll(texts, text =>
        {
            var taken = Parse(Encoding.UTF8.GetBytes(text)).Problem is null;
            return !taken || JsonNode.Parse(text) is JsonObject;
        }));
    }

    private static JsonBody<string> Parse(byte[] body) => JsonBody.Parse(body, static fields => fields.Line("name", 100) ?? "");
}
