using System.Diagnostics;
using System.Text.Json.Nodes;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>The tools of <c>clients/package.json</c>, installed once into <c>artifacts/clients</c>; they go on from there.</summary>
public sealed class ClientTools
{
    private static readonly string Root = typeof(ClientTools).Assembly
        .GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), inherit: false)
        .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    private ClientTools(string folder) => Folder = folder;

    /// <summary>Where the tools are, with the files of <c>clients</c> beside them.</summary>
    public string Folder { get; }

    public static async Task<ClientTools> InstallAsync()
    {
        var source = Path.Combine(Root, "tests", "OwpPool.Server.Tests", "OpenApi", "clients");
        var tools = new ClientTools(Directory.CreateDirectory(Path.Combine(Root, "artifacts", "clients")).FullName);
        var wanted = await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json"));
        var mark = Path.Combine(tools.Folder, "node_modules", "installed.json");
        var isInstalled = File.Exists(mark) && await File.ReadAllTextAsync(mark) == wanted;
        foreach (var file in Directory.GetFiles(source)) File.Copy(file, Path.Combine(tools.Folder, Path.GetFileName(file)), overwrite: true);
        if (isInstalled) return tools;
        await tools.RunAsync("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
        await File.WriteAllTextAsync(mark, wanted);
        return tools;
    }

    /// <summary>Runs a program of node's in the folder.</summary>
    /// <returns>What it wrote to its standard output; a bad end fails the test with both outputs.</returns>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // None of them tells anybody of its use, nor asks for newer ones.
        foreach (var (name, value) in new[] { ("REDOCLY_TELEMETRY", "off"), ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"), ("NO_UPDATE_NOTIFIER", "1") })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await errors}");
        return await output;
    }

    /// <summary>Runs one of the installed tools.</summary>
    public Task<string> RunToolAsync(string tool, params string[] arguments) =>
        RunAsync(Path.Combine(Folder, "node_modules", ".bin", tool), arguments);

    /// <summary>Writes the document where the tools find it.</summary>
    public Task WriteAsync(JsonNode document) => File.WriteAllTextAsync(Path.Combine(Folder, "openapi.json"), document.ToJsonString());
}
