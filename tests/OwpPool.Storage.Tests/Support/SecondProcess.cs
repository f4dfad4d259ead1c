using System.Diagnostics;

namespace OwpPool.Storage.Tests.Support;

/// <summary>This test assembly, run as a program: opens a database and holds it until it is killed.</summary>
internal static class SecondProcess
{
    public static int Main(string[] arguments)
    {
        try
        {
            using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = arguments[0] });
            Console.WriteLine("open");
            Console.In.ReadToEnd();
            return 0;
        }
        catch (StorageStartupException error)
        {
            Console.WriteLine(error.Message);
            return 1;
        }
    }

    public static Process Start(string databasePath)
        => Process.Start(new ProcessStartInfo(Environment.ProcessPath!.Contains("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            ArgumentList = { "exec", typeof(SecondProcess).Assembly.Location, databasePath },
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
}
