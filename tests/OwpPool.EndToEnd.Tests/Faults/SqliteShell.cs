using System.Diagnostics;

namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>The sqlite3 program with the database locked, as somebody leaves it open over lunch.</summary>
internal sealed class SqliteShell : IAsyncDisposable
{
    private readonly Process _process;

    private SqliteShell(Process process) => _process = process;

    /// <summary>Starts it, and returns when it holds the lock.</summary>
    public static async Task<SqliteShell> LockAsync(string database)
    {
        var shell = new SqliteShell(Process.Start(
            new ProcessStartInfo("sqlite3", [database]) { RedirectStandardInput = true, RedirectStandardOutput = true })!);
        // The server holds the lock for moments only.
        await shell._process.StandardInput.WriteLineAsync(".timeout 30000");
        await shell._process.StandardInput.WriteLineAsync("BEGIN EXCLUSIVE;");
        await shell._process.StandardInput.WriteLineAsync("SELECT 'locked';");
        await shell._process.StandardInput.FlushAsync();
        Assert.Equal("locked", await shell._process.StandardOutput.ReadLineAsync());
        return shell;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
