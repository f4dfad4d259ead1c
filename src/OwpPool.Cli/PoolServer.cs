using System.CommandLine;
using OwpPool.Client;

namespace OwpPool.Cli;

/// <summary>The options by which a command finds its pool, and the admin's client made of them.</summary>
internal static class PoolServer
{
    public static readonly Option<string> Address = new("--server", "-s")
    {
        Description = "Address of the pool.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("OWP_SERVER") ?? "http://127.0.0.1:8787",
    };

    public static readonly Option<string> TokenVariable = new("--admin-token-env")
    {
        Description = "Environment variable that holds the admin token.",
        DefaultValueFactory = _ => AdminToken.DefaultVariable,
    };

    public static readonly Option<string?> Token = new("--admin-token")
    {
        Description = "The admin token itself; other users of the machine can read it there, so prefer the variable.",
    };

    /// <summary>The address that was given.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static Uri AddressOf(ParseResult parsed)
    {
        var text = parsed.GetValue(Address)!;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0)
            return address;
        throw new UsageException($"--server '{text}' is not the address of a pool, such as http://127.0.0.1:8787.");
    }

    /// <summary>A client with the admin token.</summary>
    /// <exception cref="UsageException">Address or token are wrong or missing.</exception>
    public static PoolClient ConnectAdmin(ParseResult parsed)
    {
        var address = AddressOf(parsed);
        var token = AdminToken.Resolve(parsed.GetValue(Token), parsed.GetValue(TokenVariable)!, Environment.GetEnvironmentVariable);
        return PoolClient.Connect(address, new PoolClientOptions { AdminToken = token });
    }
}
