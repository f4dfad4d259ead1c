using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using OwpPool.Core.Pools;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Admin;

/// <summary>A maintainer gets a token.</summary>
public sealed record TokenRequest
{
    /// <summary>Longest name.</summary>
    public const int MaxNameLength = 64;

    private const int LeastSeconds = 60;
    private const int MostSeconds = 31_536_000;

    /// <summary>Letters, digits and <c>. _ -</c>; the audit log names the maintainer by it.</summary>
    [StringLength(MaxNameLength, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>admin may do everything, viewer reads everything and changes nothing.</summary>
    [OneOf(nameof(WordLists.MaintainerRole))]
    public required string Role { get; init; }

    /// <summary>How long the token is good; null = until it is revoked.</summary>
    [Range(LeastSeconds, MostSeconds)]
    public int? ExpiresInSeconds { get; init; }

    internal MaintainerRole ToRole() => EnumWords<MaintainerRole>.ByWord[Role];

    internal static bool IsName(string? name) => name is { Length: >= 1 and <= MaxNameLength }
        && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
        && !string.Equals(name, Actors.RootName, StringComparison.OrdinalIgnoreCase);

    internal static TokenRequest Read(JsonFields body)
    {
        var name = body.RequiredLine("name", MaxNameLength);
        if (name.Length > 0 && !IsName(name))
            body.Reject("name", $"must be letters, digits, '.', '_' and '-', and not '{Actors.RootName}', who holds OWP_ADMIN_TOKEN");
        return new TokenRequest
        {
            Name = name,
            Role = body.RequiredWord("role", WordLists.MaintainerRole.Words),
            ExpiresInSeconds = body.Integer("expires_in_seconds", LeastSeconds, MostSeconds),
        };
    }
}

/// <summary>A maintainer's token without its text.</summary>
public record MaintainerItem
{
    /// <summary>Whose it is.</summary>
    public required string Name { get; init; }

    /// <summary>admin or viewer.</summary>
    [OneOf(nameof(WordLists.MaintainerRole))]
    public required string Role { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From this instant on it is worth nothing; null = never.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A new token.</summary>
public sealed record TokenResponse : MaintainerItem
{
    [SetsRequiredMembers]
    internal TokenResponse(MaintainerItem item, string token) : base(item) => Token = token;

    /// <summary>Shown this once, and kept nowhere: send it as X-Admin-Token, or as Authorization: Bearer.</summary>
    public required string Token { get; init; }
}

/// <summary>All tokens of maintainers; the root token is none of them.</summary>
public sealed record MaintainersResponse
{
    /// <summary>By name.</summary>
    public required IReadOnlyList<MaintainerItem> Items { get; init; }
}

/// <summary>A maintainer lets workers register.</summary>
public sealed record InviteRequest
{
    private const int MostUses = 1_000;
    private const int LeastSeconds = 60;
    private const int MostSeconds = 31_536_000;
    private const int Week = 604_800;
    private const int MostRepos = 100;

    /// <summary>How many workers it lets in.</summary>
    [Range(1, MostUses), DefaultValue(1)]
    public int Uses { get; init; } = 1;

    /// <summary>How long it is valid.</summary>
    [Range(LeastSeconds, MostSeconds), DefaultValue(Week)]
    public int ExpiresInSeconds { get; init; } = Week;

    /// <summary>Their trust; default: the pool's setting for new workers.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public string? TrustTier { get; init; }

    /// <summary>The repos that they get tasks of; none = of all.</summary>
    [MaxLength(MostRepos)]
    public IReadOnlyList<string> Repos { get; init; } = [];

    internal static InviteRequest Read(JsonFields body)
    {
        var repos = body.Lines("repos", MostRepos, Names.MaxRepoKeyLength);
        if (repos.FirstOrDefault(repo => !Names.IsRepoKey(repo)) is { } wrong) body.Reject("repos", $"'{wrong}' is not 'name' or 'owner/name'");
        return new InviteRequest
        {
            Uses = body.Integer("uses", 1, MostUses) ?? 1,
            ExpiresInSeconds = body.Integer("expires_in_seconds", LeastSeconds, MostSeconds) ?? Week,
            TrustTier = body.IsGiven("trust_tier") && !body.IsNull("trust_tier") ? body.RequiredWord("trust_tier", WordLists.TrustTier.Words) : null,
            Repos = repos,
        };
    }
}

/// <summary>An invite without its text.</summary>
public record InviteItem
{
    /// <summary>Names it.</summary>
    public required string InviteId { get; init; }

    /// <summary>How many workers it lets in.</summary>
    public required int Uses { get; init; }

    /// <summary>The workers that it has let in.</summary>
    public required IReadOnlyList<string> UsedBy { get; init; }

    /// <summary>Their trust.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string TrustTier { get; init; }

    /// <summary>The repos that they get tasks of; none = of all.</summary>
    public required IReadOnlyList<string> Repos { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From this instant on it lets nobody in.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>A new invite.</summary>
public sealed record InviteResponse : InviteItem
{
    [SetsRequiredMembers]
    internal InviteResponse(InviteItem item, string invite) : base(item) => Invite = invite;

    /// <summary>What a worker sends as <c>invite</c>: shown only once, and kept nowhere.</summary>
    public required string Invite { get; init; }
}

/// <summary>The invites that may let somebody in.</summary>
public sealed record InvitesResponse
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<InviteItem> Items { get; init; }
}

/// <summary>The answer to a revocation.</summary>
public sealed record RevokedResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;
}

/// <summary>The whole pool grants nothing.</summary>
public sealed record PoolPauseRequest
{
    /// <summary>Why; workers are told.</summary>
    [StringLength(500)]
    public string? Note { get; init; }

    /// <summary>When it ends by itself; null = when a maintainer ends it.</summary>
    public DateTimeOffset? Until { get; init; }

    internal static PoolPauseRequest Read(JsonFields body) => new() { Note = body.Line("note", 500), Until = body.Instant("until") };
}

/// <summary>Whether the whole pool is paused.</summary>
public sealed record PoolPauseResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>It grants nothing.</summary>
    public required bool Paused { get; init; }

    /// <summary>When that ends by itself; null = when a maintainer ends it.</summary>
    public required DateTimeOffset? Until { get; init; }
}
