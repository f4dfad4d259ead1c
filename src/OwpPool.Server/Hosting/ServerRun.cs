using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Connections;
using OwpPool.Server.Hosting.Health;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>A run of the server from its settings to its exit code. What a person is told goes to <paramref name="output"/>; what stops
/// the start goes to <paramref name="errors"/>, one line each, without a stack trace.</summary>
public sealed partial class ServerRun(TextWriter output, TextWriter errors)
{
    private const long SmallHeapBytes = 64 * 1024 * 1024;

    /// <summary>Runs until it is told to stop.</summary>
    /// <param name="arguments">Of the command line; there are none.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="folder">The working directory.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(string[] arguments, IReadOnlyDictionary<string, string> variables, string folder)
    {
        if (arguments.Length > 0) return Fail(ExitCodes.Usage, "The server takes no arguments; see the settings in docs/operating.md.");
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
        var logger = app.Services.GetRequiredService<ILogger<ServerRun>>();
        // Before anything listens, and after the storage has made sure that this is the only process.
        var madeToken = AdminTokenFile.SetUp(app.Services.GetRequiredService<AdminToken>(), settings.Admin.Token, storage.Options.Path);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => HangUp(signal, app, logger));
        using var stopping = app.Lifetime.ApplicationStopping.Register(() => LogStopping(logger));
        await app.StartAsync();
        silence.End();
        app.Services.GetRequiredService<ConnectionGate>().Fit(OpenFiles.Limit, OpenFiles.Count);
        var url = PoolServer.UrlOf(app);
        LogStarted(logger, HealthEndpoints.Version, storage.Options.Path, app.Environment.EnvironmentName);
        LogListening(logger, url, settings.Registration.Mode);
        var isLocal = Listening.TryParse(settings.Server.Host) is { } address && IPAddress.IsLoopback(address);
        if (!isLocal && settings.Registration.Mode == RegistrationOptions.Open) LogOpenRegistration(logger, settings.Server.Host);
        Announce(url, madeToken, settings.Log.IsJson, storage.Options.Path, logger);
        var shutdown = app.WaitForShutdownAsync();
        if (await Task.WhenAny(shutdown, app.Services.GetRequiredService<PoolStartup>().Awake) != shutdown) ReturnMemory();
        await shutdown;
        LogStopped(logger);
        return ExitCodes.Done;
    }

    /// <summary>Gives the memory of what only the start needed back to the system. An idle server allocates so little that the collector would
    /// not come to it for hours. A large heap is left alone: this collection stops all threads for as long as the heap is large.</summary>
    private static void ReturnMemory()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) < SmallHeapBytes)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>Tells a person where the server is. A program reads it in the log, which keeps no token: that goes into a file.</summary>
    private void Announce(string url, string? madeToken, bool isJson, string databasePath, ILogger logger)
    {
        if (!isJson)
        {
            output.WriteLine($"OwpPool {HealthEndpoints.Version} listens on {url}");
            output.WriteLine($"Docs: {url}/docs");
            if (madeToken is not null) output.WriteLine($"Admin token, shown only this once: {madeToken}");
            output.Flush();
            return;
        }
        if (madeToken is null) return;
        var file = databasePath + ".admin-token";
        OwnerFile.Write(file, madeToken);
        LogMadeToken(logger, file);
    }

    /// <summary>Where somebody closes the terminal, the server ends; a daemon goes on: there is nothing to be read anew.</summary>
    private static void HangUp(PosixSignalContext signal, WebApplication app, ILogger logger)
    {
        signal.Cancel = true;
        if (Console.IsInputRedirected) LogHangUp(logger);
        else app.Lifetime.StopApplication();
    }

    [LoggerMessage(EventId = 461, Level = LogLevel.Information, Message = "OwpPool {Version} started; database {Path}, mode {Mode}.")]
    private static partial void LogStarted(ILogger logger, string version, string path, string mode);

    [LoggerMessage(EventId = 462, Level = LogLevel.Information, Message = "Listening on {Url}; registration is {Registration}.")]
    private static partial void LogListening(ILogger logger, string url, string registration);

    [LoggerMessage(EventId = 463, Level = LogLevel.Information, Message = "Stopping: no new requests, running ones finish.")]
    private static partial void LogStopping(ILogger logger);

    [LoggerMessage(EventId = 464, Level = LogLevel.Information, Message = "Stopped.")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(EventId = 465, Level = LogLevel.Warning, Message = "Made an admin token, which is in {File}: read it, then delete the file. "
        + "Or set OWP_ADMIN_TOKEN.")]
    private static partial void LogMadeToken(ILogger logger, string file);

    [LoggerMessage(EventId = 466, Level = LogLevel.Information, Message = "Ignored SIGHUP: settings are read at the start only.")]
    private static partial void LogHangUp(ILogger logger);

    [LoggerMessage(EventId = 467, Level = LogLevel.Warning, Message = "Anybody who reaches {Host} can register a worker and take tasks: "
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
