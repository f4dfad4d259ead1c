using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>A run of the server from its settings to its exit code. What a person is told goes to <paramref name="output"/>; what stops
/// the start goes to <paramref name="errors"/>, one line each, without a stack trace.</summary>
public sealed partial class ServerRun(TextWriter output, TextWriter errors)
{
    /// <summary>Runs until it is told to stop.</summary>
    /// <param name="arguments">Of the command line; there are none.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="folder">The working directory.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(string[] arguments, IReadOnlyDictionary<string, string> variables, string folder)
    {
        if (arguments.Length > 0) return Fail(ExitCodes.Usage, "The server takes no arguments; see the settings in README.md.");
        var faults = new List<string>();
        var settings = PoolSettings.Load(variables, folder, faults);
        if (faults.Count > 0)
        {
            foreach (var fault in faults) errors.WriteLine($"Bad setting: {fault}.");
            return ExitCodes.Settings;
        }
        try
        {
            Listening.Try(settings.Server);
            await using var storage = SqliteStorage.Open(settings.ToStorage());
            return await ServeAsync(settings, storage);
        }
        catch (StorageStartupException fault)
        {
            return Fail(ExitCodes.Storage, fault.Message);
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException or SocketException)
        {
            return Fail(ExitCodes.Unavailable, CannotListen(settings.Server));
        }
        catch (SocketException)
        {
            return Fail(ExitCodes.Unavailable, CannotListen(settings.Server));
        }
        catch (Exception fault)
        {
            // Nobody expected it, so all that is known of it is said.
            errors.WriteLine($"The server failed: {fault}");
            return ExitCodes.Fault;
        }
    }

    private async Task<int> ServeAsync(PoolSettings settings, SqliteStorage storage)
    {
        var silence = new StartupSilence();
        await using var app = PoolServer.Build(settings, storage, silence);
        // Before anything listens, and after the storage has made sure that this is the only process.
        var madeToken = AdminTokenFile.SetUp(app.Services.GetRequiredService<AdminToken>(), settings.Admin.Token, storage.Options.Path);
        await app.StartAsync();
        silence.End();
        Announce(PoolServer.UrlOf(app), madeToken);
        var isLocal = Listening.TryParse(settings.Server.Host) is { } address && IPAddress.IsLoopback(address);
        if (!isLocal && settings.Registration.Mode == RegistrationOptions.Open)
            LogOpenRegistration(app.Services.GetRequiredService<ILogger<ServerRun>>(), settings.Server.Host);
        await app.WaitForShutdownAsync();
        return ExitCodes.Done;
    }

    private void Announce(string url, string? madeToken)
    {
        output.WriteLine($"OwpPool {HealthEndpoints.Version} listens on {url}");
        output.WriteLine($"Docs: {url}/docs");
        if (madeToken is not null) output.WriteLine($"Admin token, shown only this once: {madeToken}");
        output.Flush();
    }

    [LoggerMessage(EventId = 451, Level = LogLevel.Warning, Message = "Anybody who reaches {Host} can register a worker and take tasks: "
        + "OwpPool__Registration__Mode is open. Set it to invite or closed, or see SECURITY.md for what open means.")]
    private static partial void LogOpenRegistration(ILogger logger, string host);

    private static string CannotListen(ServerOptions server) =>
        $"Cannot listen on {server.Host} port {server.Port}: it is in use or not allowed. Set OWP_HOST or OWP_PORT to another.";

    private int Fail(int code, string message)
    {
        errors.WriteLine(message.ReplaceLineEndings(" "));
        return code;
    }
}
