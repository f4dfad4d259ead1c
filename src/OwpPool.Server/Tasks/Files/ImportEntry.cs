using System.Text.Json.Nodes;

namespace OwpPool.Server.Tasks.Files;

/// <summary>One task of a file, as JSON whatever the file is, and where each part of it stands.</summary>
/// <param name="Line">Where the task begins, from 1.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="Lines">The line of each field, and of each item of a list under <c>field[0]</c>.</param>
public sealed record ImportEntry(int Line, JsonObject Fields, IReadOnlyDictionary<string, int> Lines)
{
    /// <summary>The line of a field; for one that is missing that of the task.</summary>
    public int LineOf(string field) => Lines.GetValueOrDefault(field, Line);
}
