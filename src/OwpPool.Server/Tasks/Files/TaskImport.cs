using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;
namespace OwpPool.Server.Tasks.Files;

/// <summary>Makes requests of a task file's entries, or says of every line what is wrong with it. The rules of the fields are those of a
/// single task; beyond them a file has names: a task without an external id has one made of its title, and others depend on it by either.
/// </summary>
internal sealed class TaskImport(IReadOnlyList<ImportEntry> entries, string? repo, ImportFaults faults)
{
    private readonly List<CreateTaskRequest> _requests = [];

    /// <summary>The tasks, in the order of the file. To be used only if no fault was noted.</summary>
    public IReadOnlyList<CreateTaskRequest> Read()
    {
        _requests.AddRange(entries.Select(ReadOne));
        if (!faults.IsEmpty) return _requests;
        var names = NamesOfTasks();
        return [.. _requests.Select((request, index) => Resolved(request, Resolve(index, request, names), entries[index].Fields))];
    }

    /// <summary>Where a task of the request stands in the file.</summary>
    public int LineOf(int index, string field) => entries[index].LineOf(field);

    /// <summary>The external id of a task that has none of its own: the same title is the same task.</summary>
    public static string ExternalIdOf(string title) =>
        "title-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(title)).AsSpan(0, 12));

    private CreateTaskRequest ReadOne(ImportEntry entry)
    {
        foreach (var field in entry.Fields.Select(static field => field.Key).Except(TaskFileFields.Known).ToList())
            faults.Add(entry.LineOf(field), TaskFileFields.Unknown(field));
        var fields = (JsonObject)entry.Fields.DeepClone();
        if (repo is not null) fields.TryAdd("repo", repo);
        // In a file they are names, which are looked up when all of them are known.
        fields.Remove("depends_on");
        var errors = new FieldErrors();
        var request = CreateTaskRequest.ReadForBatch(new JsonFields(JsonSerializer.SerializeToElement(fields), errors));
        var needs = new JsonFields(JsonSerializer.SerializeToElement(entry.Fields), errors).Lines("depends_on", 100, 300);
        foreach (var (field, messages) in errors.All)
            foreach (var message in messages) faults.Add(entry.LineOf(field), $"{field}: {message}");
        return request with { DependsOn = needs, ExternalId = request.ExternalId ?? ExternalIdOf(request.Title) };
    }

    private static CreateTaskRequest Resolved(CreateTaskRequest request, IReadOnlyList<string> needs, JsonObject fields) => request with
    {
        DependsOn = needs,
        Given = fields.ContainsKey("depends_on") ? request.Given! with { DependsOn = needs } : request.Given,
    };

    /// <summary>External ids, and titles that no other task has for its external id.</summary>
    private Dictionary<(string Repo, string Name), int> NamesOfTasks()
    {
        var names = new Dictionary<(string, string), int>();
        for (var index = 0; index < _requests.Count; index++)
        {
            var key = (Names.CanonicalRepo(_requests[index].Repo), _requests[index].ExternalId!);
            if (!names.TryAdd(key, index))
            {
                faults.Add(LineOf(index, "external_id"), "the file has this task already: give each an external_id of its own",
                    $"see line {entries[names[key]].Line}");
            }
        }
        for (var index = 0; index < _requests.Count; index++)
            names.TryAdd((Names.CanonicalRepo(_requests[index].Repo), _requests[index].Title), index);
        return names;
    }

    private List<string> Resolve(int index, CreateTaskRequest request, Dictionary<(string, string), int> names)
    {
        var ids = new List<string>();
        foreach (var need in request.DependsOn)
        {
            if (names.TryGetValue((Names.CanonicalRepo(request.Repo), need), out var other))
                ids.Add(TaskIds.OfExternal(_requests[other].Repo, _requests[other].ExternalId!));
            else if (Ids.IsId(need, Ids.Task)) ids.Add(need);
            else faults.Add(LineOf(index, "depends_on"), "depends_on: must be titles or external_ids of this file, or task ids", $"'{need}' is none");
        }
        return ids;
    }
}
