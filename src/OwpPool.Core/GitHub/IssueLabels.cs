using System.Globalization;
using OwpPool.Core.Shared;
using OwpPool.Core.Text;

namespace OwpPool.Core.GitHub;

/// <summary>What the labels of an issue say of its task (protocol §5): <c>estimate:N</c> or <c>size:N</c>,
/// <c>priority:critical|high|medium|low</c> or <c>priority:N</c>, <c>skills:a,b</c>, <c>area:x</c>, <c>tier:N</c>. Other labels say
/// nothing.
/// </summary>
public sealed record IssueLabels
{
    private const int MaxSkills = 50;
    private const int MaxSkillLength = 64;
    private const int MaxAreaLength = 120;

    private static readonly Dictionary<string, int> PriorityWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["critical"] = 100,
        ["high"] = 80,
        ["medium"] = 50,
        ["low"] = 20,
    };

    /// <summary>1..100; default 1.</summary>
    public int EstimatePoints { get; private init; } = 1;

    /// <summary>0..1000; default 10.</summary>
    public int Priority { get; private init; } = 10;

    /// <summary>0..3; default 0.</summary>
    public int Tier { get; private init; }

    /// <summary>Null = none.</summary>
    public string? Area { get; private init; }

    /// <summary>Of all skill labels together.</summary>
    public IReadOnlyList<string> Skills { get; private init; } = [];

    /// <summary>Why the labels make no task; empty if they do. A label that was meant for the pool and cannot be read is better told than
    /// passed over: the task would be another one than its maintainer wanted.</summary>
    public IReadOnlyList<string> Faults { get; private init; } = [];

    /// <summary>Reads labels. Names are compared without regard to case, with or without a blank after the colon.</summary>
    public static IssueLabels Read(IEnumerable<string> labels)
    {
        var reading = new Reading();
        foreach (var label in labels) reading.Take(Nfc.Of(label));
        return reading.ToLabels();
    }

    private sealed class Reading
    {
        private readonly List<string> _faults = [];
        private readonly List<string> _skills = [];
        private int? _points;
        private int? _priority;
        private int? _tier;
        private string? _area;

        public void Take(string label)
        {
            var colon = label.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return;
            var value = label[(colon + 1)..].Trim();
            switch (label[..colon].Trim().ToLowerInvariant())
            {
                case "estimate" or "size":
                    Number(label, value, 1, 100, ref _points);
                    break;
                case "priority":
                    if (PriorityWords.TryGetValue(value, out var priority)) Once(label, priority, ref _priority);
                    else Number(label, value, 0, 1000, ref _priority);
                    break;
                case "tier":
                    Number(label, value, 0, 3, ref _tier);
                    break;
                case "area":
                    Area(label, value);
                    break;
                case "skills":
                    Skills(label, value);
                    break;
                default:
                    break;
            }
        }

        public IssueLabels ToLabels() => new()
        {
            EstimatePoints = _points ?? 1,
            Priority = _priority ?? 10,
            Tier = _tier ?? 0,
            Area = _area,
            Skills = _skills,
            Faults = _skills.Count <= MaxSkills ? _faults : [.. _faults, $"There are more than {MaxSkills} skills."],
        };

        private void Number(string label, string value, int least, int most, ref int? field)
        {
            if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                Once(label, number, ref field);
            else
                _faults.Add(string.Create(CultureInfo.InvariantCulture, $"Label '{label}' must be from {least} to {most}."));
        }

        private void Once(string label, int number, ref int? field)
        {
            if (field is { } known && known != number) _faults.Add($"Label '{label}' contradicts another.");
            field = number;
        }

        private void Area(string label, string value)
        {
            if (value.Length is 0 or > MaxAreaLength)
                _faults.Add($"Label '{label}' must name an area of at most {MaxAreaLength} characters.");
            else if (_area is not null && Names.CanonicalArea(_area) != Names.CanonicalArea(value)) _faults.Add($"Label '{label}' contradicts another.");
            else _area = value;
        }

        private void Skills(string label, string value)
        {
            foreach (var skill in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (skill.Length > MaxSkillLength) _faults.Add($"Label '{label}' must name skills of at most {MaxSkillLength} characters.");
                else if (!_skills.Exists(known => Names.CanonicalSkill(known) == Names.CanonicalSkill(skill))) _skills.Add(skill);
            }
        }
    }
}
