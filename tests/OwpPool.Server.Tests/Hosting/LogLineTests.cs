using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Telemetry;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>How lines of the log look, and that each kind has a number of its own.</summary>
public sealed class LogLineTests
{
    [Fact]
    public void EventIds_OfAllLines_AreUnique()
    {
        var lines = new[] { "OwpPool.Server", "OwpPool.Grains", "OwpPool.Storage" }.Select(Assembly.Load)
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public
                | BindingFlags.DeclaredOnly))
            .Select(method => (Name: $"{method.DeclaringType!.FullName}.{method.Name}", Line: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(method => method.Line is not null).ToList();

        Assert.True(lines.Count > 40, $"{lines.Count} lines were found.");
        Assert.Empty(lines.GroupBy(line => line.Line!.EventId).Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(line => line.Name))}"));
    }

    [Fact]
    public void Write_Text_IsOneLineWithDateLevelAndTraceAndNothingThatSteers()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        var line = Write(isJson: false, "repo acme\nfake line\u001b[2J", new InvalidOperationException("first\r\nsecond"));

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn OwpPool\.Test\[7\] repo acme\\nfake line\\u001b\[2J trace=[0-9a-f]{32} "
            + @"exception=System\.InvalidOperationException: first\\u000d\\nsecond$", line);
        Assert.Contains(activity.TraceId.ToString(), line, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Json_IsOneObjectWithItsTrace()
    {
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        var line = Write(isJson: true, "repo \"acme\"\nfake line", exception: null);

        var json = JsonNode.Parse(line)!;
        Assert.DoesNotContain('\n', line);
        Assert.Equal(("repo \"acme\"\nfake line", 7, "Warning", activity.TraceId.ToString()),
            ((string)json["Message"]!, (int)json["EventId"]!, (string)json["LogLevel"]!, (string)json["TraceId"]!));
    }

    [Fact]
    public void Write_GrainThatWorksForARequest_HasTheRequestsTrace()
    {
        Activity.Current = null;
        RequestTrace.Begin("0af7651916cd43dd8448eb211c80319c");

        Assert.EndsWith(" trace=0af7651916cd43dd8448eb211c80319c", Write(isJson: false, "stored", exception: null), StringComparison.Ordinal);
    }

    private static string Write(bool isJson, string message, Exception? exception)
    {
        var formatter = new PoolLogFormatter(Options.Create(new PoolLogFormat { IsJson = isJson }), TimeProvider.System);
        using var output = new StringWriter { NewLine = "\n" };
        formatter.Write(new LogEntry<string>(LogLevel.Warning, "OwpPool.Test", new EventId(7), message, exception, static (text, _) => text), null, output);
        return output.ToString().TrimEnd('\n');
    }
}
