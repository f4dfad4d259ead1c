using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Audit;

/// <summary><c>owp audit export</c>: everything that a query finds, however much it is.</summary>
internal static class AuditExportCommand
{
    private static readonly Option<string> Format = new("--format")
    {
        Description = "csv has a heading, ndjson is a JSON object a line.",
        DefaultValueFactory = _ => "csv",
    };

    private static readonly Option<string?> File = new("--output", "-o")
    {
        Description = "File to write; it is there once it is whole [standard output].",
        HelpName = "file",
    };

    static AuditExportCommand() => Format.AcceptOnlyFromAmong("csv", "ndjson");

    public static Command Create() => new Command("export", "Write all changes that a query finds, as CSV or JSON lines.")
    {
        Format, File, AdminConnection.Token,
    }.WithQuery().Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var format = invocation.Get(Format) == "csv" ? AuditFormat.Csv : AuditFormat.Ndjson;
        using var admin = AdminConnection.Open(invocation);
        await using var export = await admin.ExportAuditAsync(format, await AuditQueries.ReadAsync(invocation, admin, ct), ct);
        try
        {
            if (invocation.Get(File) is { } path) await SaveAsync(export, path, ct);
            else await PrintAsync(export, invocation.Host, ct);
        }
        catch (IOException lost)
        {
            throw new UsageException($"The export is not whole: {lost.Message} Run it again.");
        }
        return ExitCodes.Done;
    }

    /// <summary>Half an export must not look like a whole one.</summary>
    private static async Task SaveAsync(Stream export, string path, CancellationToken ct)
    {
        var part = path + ".part";
        await using (var file = System.IO.File.Create(part)) await export.CopyToAsync(file, ct);
        System.IO.File.Move(part, path, overwrite: true);
    }

    /// <summary>A program gets it as it is; on a terminal nothing in it may steer.</summary>
    private static async Task PrintAsync(Stream export, CliHost host, CancellationToken ct)
    {
        using var reader = new StreamReader(export);
        if (host.IsOutputTerminal)
        {
            while (await reader.ReadLineAsync(ct) is { } line) await host.Output.WriteLineAsync(Printable.Of(line));
            return;
        }
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, ct) is > 0 and var count) await host.Output.WriteAsync(buffer.AsMemory(0, count), ct);
    }
}
