using System.CommandLine;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Db;

/// <summary><c>owp db backup</c> and <c>owp db restore</c>: the database file itself, on the machine that has it.</summary>
internal static class DbCommands
{
    private static readonly Option<string?> Database = new("--db")
    {
        Description = "The pool's database file [OWP_DB_PATH, else ./var/pool.db].",
        HelpName = "file",
    };

    private static readonly Argument<string> Target = new("to") { Description = "File to write; it must not be there yet." };

    private static readonly Argument<string> Source = new("from") { Description = "A file that 'owp db backup' has written." };

    public static Command CreateBackup() => new Command("backup",
        "Copy the database into one file, also while the server runs, and check the copy. The key files beside the database are copied too.")
    {
        Target, Database, Answer.Json,
    }.Runs(BackUpAsync);

    public static Command CreateRestore() => new Command("restore",
        "Put a backup in the place of the database, after checking it. The server must be stopped. What is there now is kept under a dated "
        + "name beside it.")
    {
        Source, Database, Confirmation.Yes, Answer.Json,
    }.Runs(RestoreAsync);

    private static Task<int> BackUpAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(CliJson.Default.DatabaseCopy);
        var copy = DatabaseBackup.Take(DatabaseOf(invocation), invocation.Get(Target)!);
        Write(invocation, copy);
        if (copy.Keys.Count > 0)
            invocation.Say($"The keys are beside it: {string.Join(", ", copy.Keys)}. With them a reader of the backup can read webhook secrets; "
                + "keep them in another place.");
        return Task.FromResult(ExitCodes.Done);
    }

    private static Task<int> RestoreAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(CliJson.Default.DatabaseCopy);
        var database = DatabaseOf(invocation);
        if (File.Exists(database))
            Confirmation.Require(invocation, $"Puts {invocation.Get(Source)} in the place of {database}", Path.GetFileName(database));
        var copy = new DatabaseRestore(invocation.Host.Time).Run(invocation.Get(Source)!, database);
        Write(invocation, copy);
        invocation.Say(copy.SetAside is { } aside
            ? $"What was there before is kept as {aside}. Start the server to go on with the backup."
            : "Start the server to go on with the backup.");
        return Task.FromResult(ExitCodes.Done);
    }

    private static void Write(Invocation invocation, DatabaseCopy copy) => invocation.Answer.Write(
        copy, CliJson.Default.DatabaseCopy, ("database", copy.Database), ("events", copy.Events), ("latest event", copy.LatestEventAt),
        ("schema", copy.Schema), ("bytes", copy.Bytes), ("set aside", copy.SetAside));

    private static string DatabaseOf(Invocation invocation) =>
        invocation.Get(Database) ?? invocation.Host.Variable("OWP_DB_PATH") ?? Path.Combine(".", "var", "pool.db");
}
