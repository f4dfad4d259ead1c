namespace OwpPool.Cli.Run;

/// <summary>The pull request that a command named, or what is wrong with what it named.</summary>
internal sealed record PullRequestLink(Uri? Address, string? Problem)
{
    public static readonly PullRequestLink None = new(null, null);

    /// <summary>There are several, and nobody can tell which one is meant.</summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>Reads what a command wrote into its file. The pool decides which hosts it takes.</summary>
    /// <param name="content">The file; null = there is none.</param>
    /// <returns>Null where nothing is in it.</returns>
    public static PullRequestLink? Of(string? content)
    {
        string[] lines = [.. (content ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (lines.Length == 0) return null;
        Uri[] addresses = [.. lines.Select(AddressIn).OfType<Uri>().Distinct()];
        if (addresses.Length > 1)
        {
            return new PullRequestLink(null, $"OWP_PR_FILE holds {addresses.Length} addresses ({addresses[0]}, {addresses[1]}): write one, alone.")
            {
                IsAmbiguous = true,
            };
        }
        return AddressIn(lines[0]) is { } address
            ? new PullRequestLink(address, null)
            : new PullRequestLink(null, $"OWP_PR_FILE holds '{lines[0]}', which is no https address.");
    }

    private static Uri? AddressIn(string line) =>
        Uri.TryCreate(line, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps ? address : null;
}
