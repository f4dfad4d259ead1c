using System.CommandLine;
using OwpPool.Cli.Configuration;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary>What a registration has given.</summary>
internal sealed record RegisteredWorker
{
    public required string WorkerId { get; init; }

    public required string Name { get; init; }

    public required string Server { get; init; }

    /// <summary>Where it is kept; null = nowhere.</summary>
    public string? Profile { get; init; }

    public required int HeartbeatIntervalSeconds { get; init; }

    /// <summary>Only where it is kept nowhere.</summary>
    public string? Token { get; init; }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(RegisteredWorker)} {{ WorkerId = {WorkerId} }}";
}

/// <summary><c>owp worker register</c>: makes a worker and keeps its token in a profile.</summary>
internal static class WorkerRegisterCommand
{
    public const string InviteVariable = "OWP_INVITE";

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of the worker, 1 to 120 characters [user@machine].",
        HelpName = "name",
    };

    private static readonly Option<string[]> Skills = new("--skills")
    {
        Description = "What it can do, comma-separated, such as sql,csharp. Tasks that ask for none go to anyone.",
        HelpName = "a,b",
    };

    private static readonly Option<int?> Capacity = new("--capacity")
    {
        Description = "Sum of points that it works on at once, 1 to 100 [5].",
        HelpName = "points",
    };

    private static readonly Option<int?> MaxConcurrent = new("--max-concurrent")
    {
        Description = "Number of tasks that it works on at once, 1 to 20 [2].",
        HelpName = "tasks",
    };

    private static readonly Option<string?> Handle = new("--github-handle")
    {
        Description = "Its account on GitHub: pull requests of tasks that it holds must be by it.",
        HelpName = "login",
    };

    private static readonly Option<string?> Invite = new("--invite")
    {
        Description = $"The text of a maintainer's invite, where the pool asks for one [{InviteVariable}]. Other users of the machine can read " +
            "it here: prefer the variable.",
        HelpName = "text",
    };

    private static readonly Option<bool> NoSave = new("--no-save")
    {
        Description = "Keep the token nowhere; it is written to the output, this once.",
    };

    private static readonly Option<bool> Save = new("--save")
    {
        Description = "Keep the token in the profile, which is the default.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Write over the profile where it holds another worker, whose token is lost then.",
    };

    /// <summary>What a new worker is; for commands that may register one.</summary>
    public static IReadOnlyList<Option> ProfileOptions { get; } = [Name, Skills, Capacity, MaxConcurrent, Handle, Invite];

    public static Command Create() => new Command("register", "Register a worker, and keep its token in a profile.")
    {
        Name, Skills, Capacity, MaxConcurrent, Handle, Invite, Save, NoSave, Force, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        if (invocation.Get(Save) && invocation.Get(NoSave)) throw new UsageException("--save and --no-save cannot both be given.");
        invocation.Answer.Check(CliJson.Default.RegisteredWorker);
        var (request, reply, kept) = await RegisterAsync(invocation, ct);
        Write(invocation, request, reply, kept);
        return ExitCodes.Done;
    }

    /// <summary>The worker that the options describe.</summary>
    public static RegisterRequest RequestOf(Invocation invocation) =>
        new(invocation.Get(Name) ?? $"{Environment.UserName}@{Environment.MachineName}")
        {
            Skills = Words.Of(invocation.Get(Skills)),
            CapacityPoints = invocation.Get(Capacity),
            MaxConcurrentTasks = invocation.Get(MaxConcurrent),
            GithubHandle = invocation.Get(Handle),
            Invite = invocation.Get(Invite) ?? invocation.Host.Variable(InviteVariable),
        };

    /// <summary>Registers as the options say, and keeps the token unless they forbid it.</summary>
    /// <returns>With the name of the profile; null = it is kept nowhere.</returns>
    public static async Task<(RegisterRequest Request, RegisterReply Reply, string? Profile)> RegisterAsync(
        Invocation invocation, CancellationToken ct)
    {
        var request = RequestOf(invocation);
        var keeps = !invocation.Get(NoSave);
        var wanted = keeps ? WantedProfile(invocation, request.Name) : null;
        if (keeps) await invocation.Config.RequireWritableAsync(ct);
        using var pool = OpenPool(invocation);
        Tokens.RequireSafeWay(invocation, invocation.Server!, "The new worker's token");
        var reply = await pool.RegisterAsync(request, ct);
        return (request, reply, keeps ? await KeepAsync(invocation, wanted, request, reply) : null);
    }

    /// <summary>A profile that is only about to be made cannot name the pool.</summary>
    private static PoolClient OpenPool(Invocation invocation)
    {
        var named = invocation.Get(GlobalOptions.Profile);
        var config = invocation.Config.Read();
        var profile = named is not null ? config.Profiles.GetValueOrDefault(named)
            : config.DefaultProfile is { } usual ? config.Profiles.GetValueOrDefault(usual) : null;
        return PoolConnection.Open(invocation, PoolAddress.Of(invocation, profile), null, null);
    }

    /// <summary>The profile asked for, which must not hold a worker yet; null = any name will do.</summary>
    private static string? WantedProfile(Invocation invocation, string workerName)
    {
        if ((invocation.Get(GlobalOptions.Profile) ?? invocation.Host.Variable(PoolAddress.ProfileVariable)) is not { } wanted) return null;
        ProfileName.Check(wanted);
        if (!invocation.Get(Force) && invocation.Config.Read().Profiles.GetValueOrDefault(wanted) is { WorkerId: { } other } taken)
            throw new UsageException($"Profile '{wanted}' holds worker {other} ({taken.Name}) at {taken.Server}. "
                + $"Take another name, such as --profile {ProfileName.Free(ProfileName.Of(workerName), invocation.Config.Read())}; "
                + "with --force its token is written over and lost.");
        return wanted;
    }

    private static async Task<string> KeepAsync(Invocation invocation, string? wanted, RegisterRequest request, RegisterReply reply)
    {
        var profile = new Profile
        {
            Server = invocation.Server!.AbsoluteUri.TrimEnd('/'),
            WorkerId = reply.WorkerId,
            Name = request.Name,
            Token = reply.Token,
            HeartbeatIntervalSeconds = reply.HeartbeatIntervalSeconds,
        };
        var name = "";
        try
        {
            // Not cancelled: the token was shown once, and whoever stops the command now would never have it.
            await invocation.Config.ChangeAsync(config =>
            {
                var isFree = wanted is not null && (invocation.Get(Force) || config.Profiles.GetValueOrDefault(wanted)?.WorkerId is null);
                name = isFree ? wanted! : ProfileName.Free(wanted ?? ProfileName.Of(request.Name), config);
                return config.With(name, profile with { ForAdmins = IsNamedForAdmins(config.Profiles.GetValueOrDefault(name), profile) });
            }, CancellationToken.None);
        }
        catch (UsageException)
        {
            invocation.Say($"Worker {reply.WorkerId} is registered, but its token could not be kept. It is shown only once: {reply.Token}");
            throw;
        }
        if (wanted is not null && wanted != name)
            invocation.Warn($"another registration has taken profile '{wanted}' meanwhile; this one is '{name}'.");
        return name;
    }

    /// <summary>A worker that joins a profile of <c>owp profile add</c> does not take away that the pool was named there.</summary>
    private static bool? IsNamedForAdmins(Profile? before, Profile after) =>
        before is { MayHaveAdminToken: true } && Uri.TryCreate(before.Server, UriKind.Absolute, out var server)
        && PoolAddress.Same(server, new Uri(after.Server)) ? true : null;

    private static void Write(Invocation invocation, RegisterRequest request, RegisterReply reply, string? profile)
    {
        var registered = new RegisteredWorker
        {
            WorkerId = reply.WorkerId,
            Name = request.Name,
            Server = invocation.Server!.AbsoluteUri.TrimEnd('/'),
            Profile = profile,
            HeartbeatIntervalSeconds = reply.HeartbeatIntervalSeconds,
            Token = profile is null ? reply.Token : null,
        };
        (string, object?)[] token = profile is null ? [("token", reply.Token)] : [("profile", profile)];
        invocation.Answer.Write(registered, CliJson.Default.RegisteredWorker,
            [("worker", registered.WorkerId), ("name", registered.Name), ("server", registered.Server), .. token]);
        if (profile is null)
        {
            invocation.Say($"The token is shown only once: keep it, and set {WorkerConnection.Variable} to it.");
            return;
        }
        var isDefault = invocation.Config.Read().DefaultProfile == profile;
        invocation.Say($"Kept in {invocation.Config.Path}. "
            + (isDefault ? "Next: owp worker run" : $"It is not the default: owp worker run --profile {profile}"));
    }
}
