using System.Text;

namespace OwpPool.Storage.Sqlite;

/// <summary>One SQL text as callers send it: one or more statements.</summary>
/// <remarks>Compared by reference: <see cref="SqlTextCache"/> keeps one instance a text, and connections keep prepared statements by it.
/// </remarks>
internal sealed class SqlText(string text)
{
    public string Text { get; } = text;

    /// <summary>The text as SQLite wants it, with a terminating zero.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(text + '\0');

    public override string ToString() => Text;
}
