namespace OwpPool.Cli.Run;

/// <summary>What is started for each task, and how.</summary>
internal sealed record CommandSettings
{
    /// <summary>A command for <c>sh</c>.</summary>
    public required string Command { get; init; }

    /// <summary>Where the files of running tasks are: prompts, and what commands write for the worker.</summary>
    public required string Folder { get; init; }

    /// <summary>Time between TERM and KILL.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a command may run; null = as long as it likes.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How long a task rests whose command ended with <see cref="CommandContract.Later"/>.</summary>
    public int RestSeconds { get; init; } = 300;

    /// <summary>A command may end well without naming a pull request.</summary>
    public bool AllowNoPullRequest { get; init; }

    /// <summary>Hides secrets in what the command says.</summary>
    public required SecretMask Mask { get; init; }

    /// <summary>Sees each line of the commands' output; null = nobody does.</summary>
    public Action<string, string>? Echo { get; init; }
}
