using System.Runtime.CompilerServices;
using System.Text;

namespace OwpPool.Simulation;

/// <summary>The text of a requirement, put together only where it does not hold: millions hold.</summary>
[InterpolatedStringHandler]
internal readonly struct RequirementText
{
    private readonly StringBuilder? _text;

    public RequirementText(int literalLength, int formattedCount, bool holds, out bool isWanted)
    {
        isWanted = !holds;
        _text = holds ? null : new StringBuilder(literalLength + (8 * formattedCount));
    }

    public void AppendLiteral(string text) => _text!.Append(text);

    public void AppendFormatted<T>(T value, string? format = null) =>
        _text!.Append(value is IFormattable formattable ? formattable.ToString(format, null) : value?.ToString());

    public override string ToString() => _text?.ToString() ?? "";
}
