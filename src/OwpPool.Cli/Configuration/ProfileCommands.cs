using System.CommandLine;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Configuration;

/// <summary>A profile as it is shown; never its token.</summary>
internal sealed record ShownProfile(string Profile, bool Default, string Server, string? WorkerId, string? Name, bool HasToken);

/// <summary><c>owp profile list, use, add, remove</c>.</summary>
internal static class ProfileCommands
{
    private static readonly Argument<string> Name = new("profile") { Description = "The profile's name." };

    private static readonly Column<ShownProfile>[] Columns =
    [
        new("profile", shown => shown.Profile),
        new("default", shown => shown.Default),
        new("server", shown => shown.Server),
        new("worker", shown => shown.WorkerId) { IsId = true },
        new("name", shown => shown.Name) { Cuts = true },
    ];

    public static Command CreateList() => new Command("list", "List the profiles of the configuration.") { Answer.Json }
        .Runs((invocation, _) =>
        {
            var config = invocation.Config.Read();
            var shown = config.Profiles.Select(pair => new ShownProfile(pair.Key, pair.Key == config.DefaultProfile, pair.Value.Server,
                pair.Value.WorkerId, pair.Value.Name, pair.Value.Token is not null)).ToList();
            invocation.Answer.WriteAll(shown, CliJson.Default.ShownProfile, "No profiles; 'owp worker register' makes one.", Columns);
            return Task.FromResult(ExitCodes.Done);
        });

    public static Command CreateUse() => new Command("use", "Make a profile the default one.") { Name }.Runs(async (invocation, ct) =>
    {
        var name = invocation.Get(Name)!;
        await invocation.Config.ChangeAsync(config => Known(config, name) with { DefaultProfile = name }, ct);
        invocation.Say($"Profile '{name}' is the default.");
        return ExitCodes.Done;
    });

    public static Command CreateAdd() => new Command("add", "Add a profile that only names a pool (--server), for its admins.") { Name }
        .Runs(async (invocation, ct) =>
        {
            var name = ProfileName.Check(invocation.Get(Name)!);
            var server = invocation.Get(GlobalOptions.Server) ?? throw new UsageException("Say which pool: --server https://…");
            var address = Connections.PoolAddress.Of(invocation, null).AbsoluteUri.TrimEnd('/');
            await invocation.Config.ChangeAsync(config => !config.Profiles.ContainsKey(name)
                ? config.With(name, new Profile { Server = address, ForAdmins = true })
                : throw new UsageException($"There is a profile '{name}' already; 'owp profile remove {name}' removes it."), ct);
            invocation.Say($"Profile '{name}' is for {server}.");
            return ExitCodes.Done;
        });

    public static Command CreateRemove() => new Command("remove", "Remove a profile; the token in it is lost.") { Name, Confirmation.Yes }
        .Runs(async (invocation, ct) =>
        {
            var name = invocation.Get(Name)!;
            var profile = Known(invocation.Config.Read(), name).Profiles[name];
            if (profile.Token is not null)
                Confirmation.Require(invocation, $"Removes the only copy of the token of {profile.WorkerId} ({profile.Name})", name);
            await invocation.Config.ChangeAsync(config => config.Without(name), ct);
            invocation.Say($"Profile '{name}' is removed.");
            return ExitCodes.Done;
        });

    private static OwpConfig Known(OwpConfig config, string name) => config.Profiles.ContainsKey(name) ? config
        : throw new UsageException($"There is no profile '{name}'. {(config.Profiles.Count == 0 ? "There are none."
            : $"There are: {string.Join(", ", config.Profiles.Keys)}.")}");
}
