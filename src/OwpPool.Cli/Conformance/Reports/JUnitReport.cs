using System.Globalization;
using System.Text;
using System.Xml;

namespace OwpPool.Cli.Conformance.Reports;

/// <summary>A run's report as CI systems read it: a suite per section, a case per check.</summary>
internal static class JUnitReport
{
    public static async Task WriteAsync(ConformanceReport report, string path)
    {
        await using var file = File.Create(path);
        await using var xml = XmlWriter.Create(file, new XmlWriterSettings
        {
            Async = true,
            Indent = true,
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        });
        await xml.WriteStartDocumentAsync();
        Begin(xml, "testsuites", "owp conformance", report.Results, report.Time);
        foreach (var section in report.Sections)
        {
            var results = section.ToList();
            Begin(xml, "testsuite", section.Key, results, TimeSpan.FromTicks(results.Sum(result => result.Time.Ticks)));
            foreach (var result in results) Write(xml, result);
            await xml.WriteEndElementAsync();
        }
        await xml.WriteEndElementAsync();
        await xml.WriteEndDocumentAsync();
    }

    private static void Begin(XmlWriter xml, string element, string name, IReadOnlyList<CheckResult> results, TimeSpan time)
    {
        xml.WriteStartElement(element);
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("tests", Number(results.Count));
        xml.WriteAttributeString("failures", Number(results.Count(result => result.Outcome is Outcome.Failed)));
        xml.WriteAttributeString("skipped", Number(results.Count(result => result.Outcome is Outcome.Skipped)));
        xml.WriteAttributeString("errors", "0");
        xml.WriteAttributeString("time", Seconds(time));
    }

    private static void Write(XmlWriter xml, CheckResult result)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", result.Check.Section);
        xml.WriteAttributeString("name", $"{result.Check.Id}: {result.Check.Requirement}");
        xml.WriteAttributeString("time", Seconds(result.Time));
        if (result.Failure is { } failure)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean(failure.Expected));
            xml.WriteString(Clean($"sent: {failure.Sent ?? "-"}\nexpected: {failure.Expected}\ngot: {failure.Got ?? "-"}"));
            xml.WriteEndElement();
        }
        if (result.Reason is { } reason)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Clean(reason));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    /// <summary>XML cannot hold every character that a server can send.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
