namespace OwpPool.Cli.Conformance;

/// <summary>The server did not do what a check requires.</summary>
internal class CheckFailedException(string? sent, string expected, string? got) : Exception(expected)
{
    /// <summary>The request, tokens masked; null where it is not one request that shows it.</summary>
    public string? Sent => sent;

    /// <summary>What the contract asks for.</summary>
    public string Expected => Message;

    /// <summary>What came, tokens masked.</summary>
    public string? Got => got;
}

/// <summary>A request had no answer that is one in HTTP.</summary>
internal sealed class NoAnswerException(string sent, string got) : CheckFailedException(sent, "an answer", got);

/// <summary>A check cannot be done on this server; the message says why.</summary>
internal sealed class CheckSkippedException(string reason) : Exception(reason);
