using System.Text.Json;
using System.Text.Json.Serialization;
using OwpPool.Core.Analytics;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Analytics;

/// <summary>Reads a worker's coming or going out of its event.</summary>
internal static class PresenceReader
{
    /// <summary>Adds the event of a row with the columns target, at, details.</summary>
    /// <returns>Whether it could be read.</returns>
    public static bool Add(PreparedStatement row, WorkerTimes times)
    {
        try
        {
            string? status = null, before = null;
            var reader = new Utf8JsonReader(row.GetUtf8(2));
            while (reader.Read())
            {
                if (reader.TokenType is not JsonTokenType.PropertyName) continue;
                var isStatus = reader.ValueTextEquals("status"u8);
                var isBefore = reader.ValueTextEquals("status_before"u8);
                reader.Read();
                if (isStatus) status = reader.GetString();
                else if (isBefore) before = reader.GetString();
            }
            // A worker that has just registered was not there before.
            times.AddPresence(
                row.GetText(0)!, InstantText.Parse(row.GetUtf8(1)), wasOnline: before is not (null or "offline"), isOnline: status != "offline");
            return true;
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            // As of a task's step: a damaged row is the audit's business.
            return false;
        }
    }
}

/// <summary>Skills, as states list them.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class SkillsJson : JsonSerializerContext;
