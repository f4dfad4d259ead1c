using System.Globalization;
using System.Text;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage.GitHub;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Tasks;

namespace OwpPool.Server.GitHub;

/// <summary>Makes tasks of issues. Repeatable: an issue's task is known by its number.</summary>
public sealed class IssueImport(GitHubClient github, IGrainFactory grains)
{
    private const int MaxTitle = 300;
    private const int MaxDescriptionBytes = 65_536;
    private const string Scheme = "github:";

    /// <summary>The external id of an issue's task. Where another repository has the name by now, its issues are other ones than those of
    /// the same numbers before.</summary>
    public static string ExternalIdOf(string repo, int number, SyncedRepo? sync) =>
        string.Create(CultureInfo.InvariantCulture, $"{PrefixOf(Names.CanonicalRepo(repo), sync)}{number}");

    /// <summary>The issue of a task of the repo; null if it is of none, or of another repository that had the name.</summary>
    public static int? IssueOf(string repo, string? externalId, SyncedRepo sync)
    {
        var prefix = PrefixOf(repo, sync);
        return externalId?.StartsWith(prefix, StringComparison.Ordinal) is true &&
            int.TryParse(externalId.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : null;
    }

    /// <summary>Imports the open issues with a label.</summary>
    /// <exception cref="GitHubException">GitHub did not answer; what was imported until then stays.</exception>
    public async Task<ImportResponse> ImportAsync(
        string repo, string label, ImportRequest request, SyncedRepo? sync, string actor, CancellationToken cancellationToken)
    {
        var (created, existing) = (0, 0);
        var skipped = new List<SkippedIssue>();
        var tasks = new List<ImportedIssue>();
        await foreach (var issue in github.ListIssuesAsync(repo, label, cancellationToken))
        {
            if (WhyNot(issue, out var spec) is { } fault)
            {
                skipped.Add(new SkippedIssue(issue.Number, fault));
                continue;
            }
            var externalId = ExternalIdOf(repo, issue.Number, sync);
            var command = new CreateTask(TaskIds.OfExternal(repo, externalId), spec with { ExternalId = externalId }, actor);
            var reply = request.DryRun ? await WouldCreateAsync(command) : await grains.GetRepo(repo).CreateTaskAsync(command);
            if (reply.Refusal is { } refusal)
            {
                skipped.Add(new SkippedIssue(issue.Number, refusal.Message));
                continue;
            }
            tasks.Add(new ImportedIssue(issue.Number, reply.Value!.TaskId));
            if (!reply.Value.Created) existing++;
            // What exists or cannot become a task uses up nothing, or the issues behind it would never be reached.
            else if (++created == request.Limit) break;
        }
        return new ImportResponse { Repo = repo, Label = label, Created = created, Existing = existing, Skipped = skipped, Tasks = tasks };
    }

    private static string PrefixOf(string repo, SyncedRepo? sync) => sync is { Sync.RepositoryFrom: not null, Github.Id: var id }
        ? string.Create(CultureInfo.InvariantCulture, $"{Scheme}{repo}@{id}#") : $"{Scheme}{repo}#";

    private async Task<Reply<TaskCreated>> WouldCreateAsync(CreateTask command) =>
        new TaskCreated(command.TaskId, await grains.GetTask(command.TaskId).GetAsync() is null);

    private static string? WhyNot(GitHubIssue issue, out TaskSpec spec)
    {
        var title = Cut(Line(issue.Title), MaxTitle);
        var labels = IssueLabels.Read(issue.Labels.Select(Line));
        spec = new TaskSpec
        {
            Title = title,
            Description = Describe(issue),
            EstimatePoints = labels.EstimatePoints,
            Priority = labels.Priority,
            RequiredSkills = labels.Skills,
            Area = labels.Area,
            Tier = labels.Tier,
        };
        return TextRules.IsBlank(title) ? "The title is blank." : labels.Faults.Count > 0 ? string.Join(' ', labels.Faults) : null;
    }

    /// <summary>The issue's own words, as far as they fit, and where it is.</summary>
    private static string Describe(GitHubIssue issue)
    {
        var link = issue.Url.Length is > 0 and < 1000 ? $"\n\n{Line(issue.Url)}" : "";
        var text = new string([.. issue.Body.Where(character => !char.IsControl(character)
            || character is '\n' or '\r' or '\t')]).TrimEnd();
        var room = MaxDescriptionBytes - Encoding.UTF8.GetByteCount(link);
        if (Encoding.UTF8.GetByteCount(text) > room)
        {
            var bytes = Encoding.UTF8.GetBytes(text).AsSpan(0, room);
            // Not in the middle of a character.
            while (bytes.Length > 0 && Rune.DecodeLastFromUtf8(bytes, out _, out _) is not System.Buffers.OperationStatus.Done)
                bytes = bytes[..^1];
            text = Encoding.UTF8.GetString(bytes);
        }
        return (text + link).TrimStart('\n');
    }

    /// <summary>One line without what <see cref="TextRules"/> refuses: people write issues without knowing its rules.</summary>
    private static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            line.Append(TextRules.WhyNotLine(rune.ToString()) is null ? rune.ToString() : Rune.IsWhiteSpace(rune) ? " " : "");
        return line.ToString().Trim();
    }

    private static string Cut(string text, int maxLength)
    {
        if (TextRules.LengthOf(text) <= maxLength) return text;
        return string.Concat(text.EnumerateRunes().Take(maxLength - 1).Select(rune => rune.ToString())).TrimEnd() + "…";
    }
}
