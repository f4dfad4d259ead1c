namespace OwpPool.Cli.Db;

/// <summary>What <c>owp db</c> answers with.</summary>
/// <param name="Database">The file that was written.</param>
/// <param name="Events">Number of the newest event in it.</param>
/// <param name="LatestEventAt">When that happened; null where there is none.</param>
/// <param name="Schema">Number of its newest script.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Keys">Key files that were written beside it.</param>
/// <param name="SetAside">Where the database that was there before is now; null where there was none.</param>
internal sealed record DatabaseCopy(
    string Database, long Events, string? LatestEventAt, int Schema, long Bytes, IReadOnlyList<string> Keys, string? SetAside)
{
    public static DatabaseCopy Of(string path, DatabaseFacts facts, IReadOnlyList<string> keys, string? setAside = null) =>
        new(path, facts.Events, facts.LatestEventAt, facts.Schema, new FileInfo(path).Length, keys, setAside);
}
