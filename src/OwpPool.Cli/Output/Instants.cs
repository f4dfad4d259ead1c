using System.CommandLine;
using OwpPool.Core.Text;

namespace OwpPool.Cli.Output;

/// <summary>Options whose value is an instant.</summary>
internal static class Instants
{
    /// <summary>The instant; null where the option is absent. A day is its first instant in UTC, and a time without a zone is UTC.</summary>
    /// <exception cref="UsageException">The value is neither.</exception>
    public static DateTimeOffset? Of(Invocation invocation, Option<string?> option) =>
        invocation.Get(option) is { } text ? Parse(option.Name, text) : null;

    /// <summary>The same of a text.</summary>
    /// <param name="name">What it is the value of, for the message.</param>
    /// <param name="text">The value.</param>
    /// <exception cref="UsageException">It is no day and no time.</exception>
    public static DateTimeOffset Parse(string name, string text)
    {
        var fault = Rfc3339.WhyNot(text, out var at);
        if (fault == Rfc3339.WrongForm)
        {
            foreach (var missing in new[] { "Z", "T00:00:00Z" })
                if ((fault = Rfc3339.WhyNot(text + missing, out at)) != Rfc3339.WrongForm) break;
        }
        return fault switch
        {
            null => at,
            Rfc3339.OutOfRange => throw new UsageException($"{name} '{text}' {fault}."),
            _ => throw new UsageException($"{name} '{text}' is no instant: write a day or a time, such as 2026-01-18 or 2026-01-18T05:00:00Z."),
        };
    }
}
