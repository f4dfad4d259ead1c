using FsCheck;
using FsCheck.Fluent;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Schema;

/// <summary>Whatever is sent in whatever order, the queries behave as a dictionary with versions would.</summary>
public sealed class PersistencePropertyTests : IAsyncDisposable
{
    private static readonly string[] Keys = ["a", "b"];

    private readonly TempDatabase _database = new();

    public enum Operation
    {
        Write,
        Clear,
        Delete,
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public void Queries_AnySequence_BehaveAsADictionaryWithVersions()
    {
        var step =
            from operation in Gen.Elements(Operation.Write, Operation.Write, Operation.Clear, Operation.Delete)
            from key in Gen.Elements(Keys)
            from version in Gen.Choose(0, 4)
            select (operation, key, version: version == 0 ? (int?)null : version);
        var service = 0;

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60),
            Prop.ForAll(step.ListOf().Select(list => list.ToArray()).ToArbitrary(), steps =>
            {
                var orleans = new OrleansCalls(_database, $"service-{service++}");
                var model = new Dictionary<string, (int Version, string? Payload)>();
                for (var i = 0; i < steps.Length; i++)
                {
                    var (operation, key, version) = steps[i];
                    var expected = Apply(model, operation, key, version, $"p{i}");
                    var actual = Send(orleans, operation, key, version, $"p{i}").GetAwaiter().GetResult();
                    if (actual != expected)
                        return false;
                }

                return Keys.All(key => Read(orleans, key).GetAwaiter().GetResult() == (model.TryGetValue(key, out var row) ? row : default((int, string?)?)));
            }));
    }

    private static int? Apply(
        Dictionary<string, (int Version, string? Payload)> model, Operation operation, string key, int? version, string payload)
    {
        var exists = model.TryGetValue(key, out var row);
        if (operation == Operation.Write && version is null && !exists)
        {
            model[key] = (1, payload);
            return 1;
        }

        if (!exists || version != row.Version)
            return null;
        if (operation == Operation.Delete)
            model.Remove(key);
        else
            model[key] = (row.Version + 1, operation == Operation.Write ? payload : null);
        return row.Version + 1;
    }

    private static Task<int?> Send(OrleansCalls orleans, Operation operation, string key, int? version, string payload)
        => operation switch
        {
            Operation.Write => orleans.WriteAsync("thing", key, version, payload),
            Operation.Clear => orleans.ClearAsync("thing", key, version),
            _ => orleans.DeleteAsync("thing", key, version),
        };

    private static async Task<(int Version, string? Payload)?> Read(OrleansCalls orleans, string key)
        => await orleans.ReadAsync("thing", key) is { } row
            ? (row.Version, row.Payload is null ? null : System.Text.Encoding.UTF8.GetString(row.Payload))
            : null;
}
