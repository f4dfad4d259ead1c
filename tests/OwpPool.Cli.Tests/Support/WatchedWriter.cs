namespace OwpPool.Cli.Tests.Support;

/// <summary>The output of a command that does not end by itself: tells when enough has come.</summary>
internal sealed class WatchedWriter(Func<string, bool> isEnough, Action whenEnough) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (isEnough(ToString())) whenEnough();
    }
}
