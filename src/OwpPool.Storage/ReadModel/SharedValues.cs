using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace OwpPool.Storage.ReadModel;

/// <summary>Gives equal areas and skill lists of a backlog one object: a million tasks have a few hundred different ones.</summary>
/// <remarks>What was shared once stays shared, so callers may compare the lists by reference. Past a bound, values that are new are
/// not kept: a backlog in which every task is different must not be held twice.</remarks>
internal sealed class SharedValues
{
    private const int MaxKept = 10_000;

    private readonly Dictionary<byte[], string> _texts = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], string[]> _lists = new(Utf8Comparer.Instance);

    /// <summary>The string that the reader is at; found again by its bytes as they are stored, escapes and all.</summary>
    public string Text(ref Utf8JsonReader json)
    {
        var known = _texts.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(json.ValueSpan, out var text))
            return text;
        text = json.GetString()!;
        if (_texts.Count < MaxKept)
            known[json.ValueSpan] = text;
        return text;
    }

    /// <summary>The strings of a JSON array.</summary>
    public string[] List(ReadOnlySpan<byte> json)
    {
        if (json.SequenceEqual("[]"u8))
            return [];
        var known = _lists.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(json, out var list))
            return list;
        list = Parse(json);
        if (_lists.Count < MaxKept)
            known[json] = list;
        return list;
    }

    private static string[] Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var items = new List<string>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
                items.Add(reader.GetString()!);
        }

        return [.. items];
    }

    /// <summary>Compares bytes by content, and lets a span be looked up without copying it.</summary>
    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode((ReadOnlySpan<byte>)obj);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
