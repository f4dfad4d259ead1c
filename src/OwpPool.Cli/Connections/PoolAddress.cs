using OwpPool.Cli.Configuration;

namespace OwpPool.Cli.Connections;

/// <summary>Decides which pool a command speaks to, and as whom.</summary>
internal static class PoolAddress
{
    public const string Default = "http://127.0.0.1:8787";
    public const string Variable = "OWP_URL";
    public const string ProfileVariable = "OWP_PROFILE";

    /// <summary>The profile in force; null where none is named and there is none.</summary>
    /// <exception cref="UsageException">The one that is named does not exist.</exception>
    public static (string Name, Profile Profile)? ProfileOf(Invocation invocation)
    {
        var named = invocation.Get(GlobalOptions.Profile) ?? invocation.Host.Variable(ProfileVariable);
        var config = invocation.Config.Read();
        var name = named ?? config.DefaultProfile ?? (config.Profiles.Count == 1 ? config.Profiles.Keys.First() : null);
        if (name is null) return null;
        if (config.Profiles.TryGetValue(name, out var profile)) return (name, profile);
        if (named is null) return null;
        var known = config.Profiles.Count == 0
            ? $"{invocation.Config.Path} has none yet; 'owp worker register --profile {name}' makes it."
            : $"There are: {string.Join(", ", config.Profiles.Keys)}.";
        throw new UsageException($"There is no profile '{name}'. {known}");
    }

    /// <summary>The profile in force, where the command takes the pool's address from it; null where a flag, a variable or the default
    /// names the pool.</summary>
    /// <exception cref="UsageException">The one that is named does not exist.</exception>
    public static (string Name, Profile Profile)? NamingProfileOf(Invocation invocation)
    {
        if (invocation.Get(GlobalOptions.Server) is not null) return null;
        var found = ProfileOf(invocation);
        return invocation.Has(GlobalOptions.Profile) || invocation.Host.Variable(Variable) is null ? found : null;
    }

    /// <summary>The pool's address: a flag before a variable before the profile before the default. A profile that is named by flag goes
    /// before variables.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static Uri Of(Invocation invocation, Profile? profile)
    {
        if (invocation.Get(GlobalOptions.Server) is { } flag) return Parse(flag, "--server");
        if (invocation.Has(GlobalOptions.Profile) && profile is not null) return Parse(profile.Server, "The profile's server");
        if (invocation.Host.Variable(Variable) is { } variable) return Parse(variable, Variable);
        return profile is null ? new Uri(Default) : Parse(profile.Server, "The profile's server");
    }

    /// <summary>Whether both are the same pool, however they are written.</summary>
    public static bool Same(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0
        && one.AbsolutePath.TrimEnd('/') == other.AbsolutePath.TrimEnd('/');

    private static Uri Parse(string text, string source)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0)
            return address;
        throw new UsageException($"{source} '{text}' is not the address of a pool, such as {Default}.");
    }
}
