using System.Runtime.Versioning;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Scripts;

/// <summary>A copy of the repository's scripts beside a <c>dotnet</c> that the test has written, so that they run without a
/// build.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ScriptFolder : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public ScriptFolder() => Copy("test", "run");

    /// <summary>What the scripts' <c>dotnet</c> was called with, a call a line.</summary>
    public string[] DotnetCalls => File.Exists(_folder.File("calls")) ? File.ReadAllLines(_folder.File("calls")) : [];

    /// <summary>Takes more of the repository's files.</summary>
    public void Copy(params string[] files)
    {
        foreach (var file in files) _folder.Write(file, File.ReadAllText(Path.Combine(TestedFiles.RepositoryRoot, file)));
    }

    public void Write(string name, string content) => _folder.Write(name, content);

    /// <summary>Makes <c>dotnet</c> a script; <c>--version</c> is answered already.</summary>
    public void Dotnet(string body)
    {
        var path = _folder.Write("bin/dotnet", $"""
            #!/usr/bin/env bash
            if [ "$1" = --version ]; then echo 10.0.400; exit 0; fi
            echo "$*" >>"{_folder.File("calls")}"
            {body}
            """);
        File.SetUnixFileMode(path, Executable);
    }

    /// <summary>Runs bash in the copy.</summary>
    public Task<ProgramResult> RunAsync(string script, params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = $"{_folder.File("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["XDG_CACHE_HOME"] = _folder.File("cache"),
            ["ArtifactsPath"] = null,
        };
        foreach (var (name, value) in variables) environment[name] = value;
        return Shell.RunAsync($"cd '{_folder.FullPath}'\n{script}", environment, _folder.FullPath);
    }

    public void Dispose() => _folder.Dispose();
}
