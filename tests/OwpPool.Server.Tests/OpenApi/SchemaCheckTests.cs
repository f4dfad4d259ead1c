using System.Text.Json.Nodes;

namespace OwpPool.Server.Tests.OpenApi;

public sealed class SchemaCheckTests
{
    private static readonly JsonNode Document = JsonNode.Parse("""
        {"components":{"schemas":{
          "Thing":{"type":"object","required":["id","at"],"properties":{
            "id":{"type":"string","maxLength":4},"at":{"type":"string","format":"date-time"},"n":{"type":["null","integer"],"minimum":0,"maximum":9},
            "word":{"enum":["a",null]},"parts":{"type":"array","maxItems":2,"items":{"$ref":"#/components/schemas/Thing"}},
            "part":{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Thing"}]},"counts":{"type":"object","additionalProperties":{"type":"integer"}}}}}}}
        """)!;

    [Theory]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z"}""", 0)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","n":null,"word":null,"part":null,"parts":[],"counts":{"x":1}}""", 0)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","parts":[{"id":"b","at":"2026-01-18T05:00:00.000Z"}]}""", 0)]
    [InlineData("""{"at":"2026-01-18T05:00:00.000Z"}""", 1)]
    [InlineData("""{"id":"a","at":"soon"}""", 1)]
    [InlineData("""{"id":7,"at":"2026-01-18T05:00:00.000Z"}""", 1)]
    [InlineData("""{"id":null,"at":"2026-01-18T05:00:00.000Z"}""", 1)]
    [InlineData("""{"id":"abcde","at":"2026-01-18T05:00:00.000Z"}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","n":10}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","n":1.5}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","word":"b"}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","other":1}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","part":{}}""", 1)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","parts":[{}]}""", 2)]
    [InlineData("""{"id":"a","at":"2026-01-18T05:00:00.000Z","counts":{"x":"1"}}""", 1)]
    [InlineData("[]", 1)]
    [InlineData("null", 1)]
    public void Faults_Value_AreCounted(string value, int expected) =>
        Assert.Equal(expected, new SchemaCheck(Document).Faults(Document["components"]!["schemas"]!["Thing"]!, JsonNode.Parse(value))
            .Count);
}
