using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Repos;

public sealed class RepoStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 18, 5, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Start.AddHours(1);

    [Fact]
    public void Settings_Defaults_AreTheProtocols()
    {
        var settings = new RepoSettings();

        Assert.Equal((3, true, AreaLockUntil.PrOpened, MergeAuthority.Worker, false),
            (settings.MaxOpenPrs, settings.AreaLocksEnabled, settings.AreaLockUntil, settings.MergeAuthority, settings.Paused));
        Assert.Null(settings.LeaseTtlSeconds);
        Assert.Null(settings.MaxAttempts);
    }

    [Theory]
    [InlineData(TrustTier.Untrusted, 0)]
    [InlineData(TrustTier.Basic, 1)]
    [InlineData(TrustTier.Trusted, 2)]
    [InlineData(TrustTier.Maintainer, 3)]
    public void MaxTier_DefaultPolicy_IsTheProtocols(TrustTier trust, int tier) => Assert.Equal(tier, new TrustPolicy().MaxTier(trust));

    [Fact]
    public void Upsert_NewRepo_IsCreatedUnderItsLowerCaseKey()
    {
        var repo = Created();

        Assert.Equal(("acme/site", "Acme/Site", Start, Start), (repo.Repo, repo.Name, repo.CreatedAt, repo.UpdatedAt));
        Assert.True(repo.Exists);
        Assert.Empty(repo.Ledger);
        var audit = Assert.Single(repo.Events);
        Assert.Equal(("repo.created", Actors.Admin, "acme/site", "acme/site", Start), (audit.Type, audit.Actor, audit.Target, audit.Repo, audit.At));
        Assert.Equal(("3", "true", "pr_opened", "0 1 2 3", "worker", "false"), (audit.Details["max_open_prs"], audit.Details["area_locks_enabled"],
            audit.Details["area_lock_until"], audit.Details["trust"], audit.Details["merge_authority"], audit.Details["paused"]));
        Assert.DoesNotContain(audit.Details.Keys, key => key.EndsWith("_before", StringComparison.Ordinal) || key == "freed");
    }

    [Fact]
    public void Upsert_DefaultsOnNewRepo_StillCreatesIt() =>
        Assert.NotNull(RepoAdmission.Upsert(new RepoState(), "a", new RepoState().Settings, [], Actors.Admin, Start).Next);

    [Fact]
    public void Upsert_SameSettings_ChangesNothing() => Assert.Equal(Decision<RepoState>.Unchanged(),
        RepoAdmission.Upsert(Created(), "ACME/SITE", new RepoSettings { Trust = new TrustPolicy() }, [], Actors.Admin, Later));

    public static TheoryData<string, RepoSettings, string?, string?> Changes() => new()
    {
        { "max_open_prs", new RepoSettings { MaxOpenPrs = 0 }, "3", "0" },
        { "area_locks_enabled", new RepoSettings { AreaLocksEnabled = false }, "true", "false" },
        { "area_lock_until", new RepoSettings { AreaLockUntil = AreaLockUntil.Merged }, "pr_opened", "merged" },
        { "trust", new RepoSettings { Trust = new TrustPolicy { Untrusted = 1 } }, "0 1 2 3", "1 1 2 3" },
        { "merge_authority", new RepoSettings { MergeAuthority = MergeAuthority.Github }, "worker", "github" },
        { "lease_ttl_seconds", new RepoSettings { LeaseTtlSeconds = 600 }, null, "600" },
        { "max_attempts", new RepoSettings { MaxAttempts = 2 }, null, "2" },
        { "paused", new RepoSettings { Paused = true }, "false", "true" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Upsert_OneSetting_IsAuditedBeforeAndAfterAlone(string key, RepoSettings settings, string? before, string? after)
    {
        var repo = RepoAdmission.Upsert(Created(), "acme/site", settings, [], Actors.Admin, Later).Next!;

        Assert.Equal(settings, repo.Settings);
        var audit = Assert.Single(repo.Events);
        Assert.Equal(("repo.updated", before, after), (audit.Type, audit.Details[$"{key}_before"], audit.Details[key]));
        Assert.Equal($"{key}_before", Assert.Single(audit.Details.Keys, other => other.EndsWith("_before", StringComparison.Ordinal)));
    }

    [Fact]
    public void Upsert_ExistingRepo_KeepsNameBirthAndLedger()
    {
        LedgerEntry[] ledger = [Entry(1), Entry(2), Entry(3)];

        var repo = RepoAdmission.Upsert(
            Created() with { Ledger = ledger }, "ACME/site", new RepoSettings { MaxOpenPrs = 1 }, ledger, "w_1", Later).Next!;

        Assert.Equal(("acme/site", "Acme/Site", Start, Later), (repo.Repo, repo.Name, repo.CreatedAt, repo.UpdatedAt));
        // A lowered limit takes nothing away (rule 4).
        Assert.Same(ledger, repo.Ledger);
        var audit = Assert.Single(repo.Events);
        Assert.Equal(("w_1", "3", "", ""), (audit.Actor, audit.Details["in_use"], audit.Details["reserved"], audit.Details["freed"]));
    }

    [Fact]
    public void Upsert_TasksHaveGoneSinceTheLastWrite_NamesThem()
    {
        var repo = RepoAdmission.Upsert(
            Created() with { Ledger = Entries("1 2 3") }, "acme/site", new RepoSettings { Paused = true }, Entries("2"), Actors.Admin, Later).Next!;

        Assert.Equal(Entries("2"), repo.Ledger);
        var audit = Assert.Single(repo.Events);
        Assert.Equal(("repo.updated", "1", "t_1 t_3", ""),
            (audit.Type, audit.Details["in_use"], audit.Details["freed"], audit.Details["reserved"]));
    }

    [Theory]
    [InlineData("", "1 2", "t_1 t_2", "")]
    [InlineData("1 2", "2 3", "t_3", "t_1")]
    [InlineData("1 2", "", "", "t_1 t_2")]
    [InlineData("1 2", "1 2", "", "")]
    public void WithLedger_OtherEntries_NamesWhatCameAndWhatWent(string before, string after, string reserved, string freed)
    {
        var repo = Created() with { Ledger = Entries(before) };

        var next = RepoAdmission.WithLedger(repo, Entries(after), Later);

        Assert.Equal(Entries(after), next.Ledger);
        var audit = Assert.Single(next.Events);
        Assert.Equal(("repo.budget_reserved", Actors.System, "acme/site", Later), (audit.Type, audit.Actor, audit.Target, audit.At));
        Assert.Equal((reserved, freed, "3"), (audit.Details["reserved"], audit.Details["freed"], audit.Details["max_open_prs"]));
        Assert.Equal($"{Entries(after).Length}", audit.Details["in_use"]);
        Assert.Equal((repo.UpdatedAt, repo.Settings), (next.UpdatedAt, next.Settings));
    }

    [Theory]
    [InlineData(1, "l_1", "")]
    [InlineData(1, "", "")] // its lease ended in review
    [InlineData(2, "l_2", "t_1")]
    public void WithLedger_SameTask_IsFreedAndReservedByANewGrantOnly(long token, string leaseId, string expected)
    {
        var repo = Created() with { Ledger = [Entry(1) with { Token = 1 }] };

        var next = RepoAdmission.WithLedger(repo, [Entry(1) with { Token = token, LeaseId = leaseId }], Later);

        var details = Assert.Single(next.Events).Details;
        Assert.Equal((expected, expected), (details["reserved"], details["freed"]));
    }

    private static RepoState Created() =>
        RepoAdmission.Upsert(new RepoState(), "Acme/Site", new RepoSettings(), [], Actors.Admin, Start).Next!;

    private static LedgerEntry Entry(int number) => new() { TaskId = $"t_{number}", LeaseId = $"l_{number}", Phase = TaskPhase.Leased };

    private static LedgerEntry[] Entries(string numbers) =>
        [.. numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => Entry(int.Parse(number, null)))];
}
