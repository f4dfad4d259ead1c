using System.Text.Json;

namespace OwpPool.Storage.ReadModel;

/// <summary>Takes a <see cref="BacklogRow"/> out of a task's JSON.</summary>
/// <remarks>
/// Read here and not by json_extract in the query: SQLite parses a payload of 1.2 KB and looks up fourteen members in some 10 us, this
/// takes about 2. Members may come in any order.
/// </remarks>
internal sealed class BacklogParser
{
    private readonly SharedValues _shared = new();

    /// <exception cref="JsonException">The payload is not a task's state.</exception>
    public BacklogRow Parse(ReadOnlySpan<byte> payload)
    {
        var json = new Utf8JsonReader(payload);
        var task = default(Fields);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            json.Read();
            if (json.TokenType == JsonTokenType.Null || !Take(name, ref json, payload, ref task))
                json.Skip();
        }

        return new BacklogRow(
            task.TaskId ?? throw new JsonException("A task's state has no task_id."), task.Priority, task.ReadyAt, task.EligibleAt,
            task.CreatedAt, task.NotBefore, task.RequiredSkills ?? [], task.Points, task.Tier, task.AreaKey, task.Area,
            task.DependsOn ?? [], task.Token, task.Version, task.History ?? []);
    }

    /// <summary>Takes the value if the row has a place for it. By length first: a state has some thirty members.</summary>
    private bool Take(ReadOnlySpan<byte> name, ref Utf8JsonReader json, ReadOnlySpan<byte> payload, ref Fields task)
    {
        switch (name.Length)
        {
            case 4 when name.SequenceEqual("tier"u8):
                task.Tier = json.GetInt32();
                return true;
            case 4 when name.SequenceEqual("area"u8):
                task.Area = _shared.Text(ref json);
                return true;
            case 5 when name.SequenceEqual("token"u8):
                task.Token = json.GetInt64();
                return true;
            case 7 when name.SequenceEqual("task_id"u8):
                task.TaskId = json.GetString();
                return true;
            case 7 when name.SequenceEqual("history"u8):
                task.History = Array(ref json, payload);
                return true;
            case 7 when name.SequenceEqual("version"u8):
                task.Version = json.GetInt64();
                return true;
            case 8 when name.SequenceEqual("priority"u8):
                task.Priority = json.GetInt32();
                return true;
            case 8 when name.SequenceEqual("ready_at"u8):
                task.ReadyAt = InstantText.Parse(json.ValueSpan);
                return true;
            case 8 when name.SequenceEqual("area_key"u8):
                task.AreaKey = _shared.Text(ref json);
                return true;
            case 10 when name.SequenceEqual("created_at"u8):
                task.CreatedAt = InstantText.Parse(json.ValueSpan);
                return true;
            case 10 when name.SequenceEqual("not_before"u8):
                task.NotBefore = InstantText.Parse(json.ValueSpan);
                return true;
            case 10 when name.SequenceEqual("depends_on"u8):
                task.DependsOn = List(ref json, payload);
                return true;
            case 11 when name.SequenceEqual("eligible_at"u8):
                task.EligibleAt = InstantText.Parse(json.ValueSpan);
                return true;
            case 15 when name.SequenceEqual("required_skills"u8):
                task.RequiredSkills = List(ref json, payload);
                return true;
            case 15 when name.SequenceEqual("estimate_points"u8):
                task.Points = json.GetInt32();
                return true;
            default:
                return false;
        }
    }

    private string[] List(ref Utf8JsonReader json, ReadOnlySpan<byte> payload)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return _shared.List(payload[start..(int)json.BytesConsumed]);
    }

    private static byte[] Array(ref Utf8JsonReader json, ReadOnlySpan<byte> payload)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        var array = payload[start..(int)json.BytesConsumed];
        return array.Length > 2 ? array.ToArray() : [];
    }

    private struct Fields
    {
        public string? TaskId;
        public int Priority;
        public DateTimeOffset ReadyAt;
        public DateTimeOffset? EligibleAt;
        public DateTimeOffset CreatedAt;
        public DateTimeOffset? NotBefore;
        public string[]? RequiredSkills;
        public int Points;
        public int Tier;
        public string? AreaKey;
        public string? Area;
        public string[]? DependsOn;
        public long Token;
        public long Version;
        public byte[]? History;
    }
}
