using System.Text.Json;
using OwpPool.Core.Shared;

namespace OwpPool.Storage.ReadModel;

/// <summary>What a task must be like that no index says. Canonical forms are the caller's matter.</summary>
public sealed record TaskFilter
{
    /// <summary>Lets every task pass.</summary>
    public static TaskFilter None { get; } = new();

    /// <summary>A required skill in the form in which skills are compared.</summary>
    public string? Skill { get; init; }

    /// <summary>The area as compared.</summary>
    public string? AreaKey { get; init; }

    /// <summary>The tier.</summary>
    public int? Tier { get; init; }

    /// <summary>Part of the title or the external id, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>Whether the merge is confirmed, or the review seen, by somebody besides the worker; tasks that are neither pass for
    /// neither.</summary>
    public bool? Confirmed { get; init; }

    /// <summary>Whether its worker says that it is merged and nobody else has confirmed it.</summary>
    public bool? MergeReported { get; init; }

    /// <summary>Leases that counted as failed attempts, at least.</summary>
    public int? MinAttempts { get; init; }

    /// <summary>The canonical repo key, where the list is of something else.</summary>
    public string? Repo { get; init; }

    /// <summary>Who has or did it, where the list is of something else.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Comma-separated wire words, where the list is of something else; null = any.</summary>
    public string? Phases { get; init; }

    /// <summary>Whether the task passes, by the parts of its state that lists look at.</summary>
    internal bool Passes(TaskMarks marks) =>
        (Skill is null || marks.Skills.Exists(skill => Names.CanonicalSkill(skill) == Skill))
        && (AreaKey is null || marks.AreaKey == AreaKey)
        && (Tier is null || marks.Tier == Tier)
        && (Repo is null || marks.Repo == Repo)
        && (WorkerId is null || marks.WorkerId == WorkerId)
        && (Phases is null || Phases.Split(',').Contains(marks.Phase))
        && (Confirmed is null || marks.Confirmed == Confirmed)
        && (MergeReported is null || marks.IsMergeReported == MergeReported)
        && (MinAttempts is null || marks.Attempts >= MinAttempts)
        && (Text is null || Contains(marks.Title, Text) || Contains(marks.ExternalId, Text));

    private static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) is true;
}

/// <summary>The parts of a task's state that lists filter and sort by. Read here and not by json_extract, as the backlog is.</summary>
internal sealed class TaskMarks
{
    private string? _confirmedBy;
    private string? _reviewConfirmedBy;
    private string? _mergeReportedAt;

    public string? Repo { get; private set; }

    public string? WorkerId { get; private set; }

    public string? Phase { get; private set; }

    public string? Title { get; private set; }

    public string? ExternalId { get; private set; }

    public string? AreaKey { get; private set; }

    public int Tier { get; private set; }

    public int Priority { get; private set; }

    public int Attempts { get; private set; }

    /// <summary>Since when it is in its status, in the sortable form of the states.</summary>
    public string PhaseAt { get; private set; } = "";

    /// <summary>See <see cref="TaskFilter.MergeReported"/>.</summary>
    public bool IsMergeReported => Phase is "merged" ? _confirmedBy is null : Phase is "pr_opened" && _mergeReportedAt is not null;

    /// <summary>See <see cref="TaskFilter.Confirmed"/>; null for tasks that are neither merged nor under review.</summary>
    public bool? Confirmed => Phase switch
    {
        "merged" => _confirmedBy is not null,
        "pr_opened" => _reviewConfirmedBy is not null,
        _ => null,
    };

    /// <summary>When it last changed, in the sortable form of the states.</summary>
    public string UpdatedAt { get; private set; } = "";

    public List<string> Skills { get; } = [];

    /// <exception cref="JsonException">The payload is not a task's state.</exception>
    public static TaskMarks Of(ReadOnlySpan<byte> payload)
    {
        var marks = new TaskMarks();
        var json = new Utf8JsonReader(payload);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            marks.Take(ref json);
        return marks;
    }

    private void Take(ref Utf8JsonReader json)
    {
        if (Is(ref json, "repo"u8))
            Repo = json.GetString();
        else if (Is(ref json, "worker_id"u8))
            WorkerId = json.GetString();
        else if (Is(ref json, "title"u8))
            Title = json.GetString();
        else if (Is(ref json, "external_id"u8))
            ExternalId = json.GetString();
        else if (Is(ref json, "area_key"u8))
            AreaKey = json.GetString();
        else if (Is(ref json, "tier"u8))
            Tier = json.GetInt32();
        else if (Is(ref json, "phase"u8))
            Phase = json.GetString();
        else if (Is(ref json, "confirmed_by"u8))
            _confirmedBy = json.GetString();
        else if (Is(ref json, "review_confirmed_by"u8))
            _reviewConfirmedBy = json.GetString();
        else if (Is(ref json, "priority"u8))
            Priority = json.GetInt32();
        else if (Is(ref json, "attempts"u8))
            Attempts = json.GetInt32();
        else if (Is(ref json, "phase_at"u8))
            PhaseAt = json.GetString()!;
        else if (Is(ref json, "merge_reported_at"u8))
            _mergeReportedAt = json.GetString();
        else if (Is(ref json, "required_skills"u8))
            TakeSkills(ref json);
        else if (Is(ref json, "events"u8))
            TakeLastEvent(ref json);
        else
            json.Skip();
    }

    /// <summary>Whether the reader is at this member; if so, it goes on to its value.</summary>
    private static bool Is(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals(name) && json.Read();

    private void TakeSkills(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
            Skills.Add(json.GetString()!);
    }

    private void TakeLastEvent(ref Utf8JsonReader json)
    {
        var depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.CurrentDepth == depth + 2 && Is(ref json, "at"u8))
                UpdatedAt = json.GetString()!;
        }
    }
}
