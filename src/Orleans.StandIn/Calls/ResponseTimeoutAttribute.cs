using System.Globalization;

namespace Orleans;

/// <summary>On a method of a grain interface: how long a caller waits, in place of the silo's <c>ResponseTimeout</c>.</summary>
/// <param name="timeout">A <see cref="TimeSpan"/> as text, such as <c>00:01:00</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
