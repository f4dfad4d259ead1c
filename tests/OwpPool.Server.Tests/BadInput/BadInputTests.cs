using System.Globalization;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>Plays the table, row by row, on one server; <see cref="Stage"/> holds what is asserted after every request.</summary>
public sealed class BadInputTests(BadInputTests.Theatre theatre) : IClassFixture<BadInputTests.Theatre>
{
    public static TheoryData<int, string> Names
    {
        get
        {
            var names = new TheoryData<int, string>();
            foreach (var row in BadInputTable.Rows) names.Add(row.Number, row.What);
            return names;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Row_IsAnsweredAsItShouldAndHarmsNothing(int number, string what)
    {
        var row = Assert.Single(BadInputTable.Rows, row => (row.Number, row.What) == (number, what));
        await row.PlayAsync(theatre.Stage);
        theatre.Played(row);
    }

    [Fact]
    public void Numbers_All_AreInTheTableOrSayWhyNot()
    {
        var covered = BadInputTable.Rows.Select(row => row.Number).ToHashSet();
        Assert.Empty(covered.Intersect(BadInputTable.NotApplicable.Keys));
        Assert.Equal(Enumerable.Range(1, BadInputTable.Numbers), covered.Concat(BadInputTable.NotApplicable.Keys).Order());
        Assert.All(BadInputTable.NotApplicable.Values, why => Assert.NotEqual("", why));
    }

    /// <summary>The server that the rows share, and the count of what was played.</summary>
    public sealed class Theatre : IAsyncLifetime
    {
        private readonly HashSet<BadInput> _played = [];

        public Stage Stage { get; private set; } = null!;

        public async Task InitializeAsync() => Stage = await Stage.StartAsync();

        public void Played(BadInput row) => _played.Add(row);

        public async Task DisposeAsync()
        {
            await Stage.DisposeAsync();
            var numbers = _played.Select(row => row.Number).Distinct().Count();
            Figures.Show(string.Create(CultureInfo.InvariantCulture,
                $"bad inputs: {_played.Count} of {BadInputTable.Rows.Count} rows held, {Stage.Sent} requests; {numbers} of the " +
                $"{BadInputTable.Numbers} numbers covered, {BadInputTable.NotApplicable.Count} do not apply"));
        }
    }
}
