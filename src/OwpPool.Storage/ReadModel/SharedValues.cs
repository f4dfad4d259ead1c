using System.Text.Json;

namespace OwpPool.Storage.ReadModel;

/// <summary>Gives equal areas and skill lists of a backlog one object: a million tasks have a few hundred different ones.</summary>
/// <remarks>Two small tables in which a newcomer takes the place of an older value; forgetting one costs memory, never correctness.
/// </remarks>
internal sealed class SharedValues
{
    private const int Slots = 1024;

    private readonly (byte[] Utf8, string Text)[] _texts = new (byte[] Utf8, string Text)[Slots];
    private readonly (byte[] Json, string[] List)[] _lists = new (byte[] Json, string[] List)[Slots];

    /// <summary>The string that the reader is at; found again by its bytes as they are stored, escapes and all.</summary>
    public string Text(ref Utf8JsonReader json)
    {
        var utf8 = json.ValueSpan;
        ref var slot = ref _texts[SlotOf(utf8)];
        if (slot.Utf8 is null || !utf8.SequenceEqual(slot.Utf8))
            slot = (utf8.ToArray(), json.GetString()!);
        return slot.Text;
    }

    /// <summary>The strings of a JSON array.</summary>
    public string[] List(ReadOnlySpan<byte> json)
    {
        if (json.SequenceEqual("[]"u8))
            return [];
        ref var slot = ref _lists[SlotOf(json)];
        if (slot.Json is null || !json.SequenceEqual(slot.Json))
            slot = (json.ToArray(), Parse(json));
        return slot.List;
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

    private static int SlotOf(ReadOnlySpan<byte> bytes)
    {
        var hash = default(HashCode);
        hash.AddBytes(bytes);
        return hash.ToHashCode() & (Slots - 1);
    }
}
