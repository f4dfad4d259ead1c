using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Workers;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Who may register a worker: <c>OwpPool:Registration</c>.</summary>
public sealed class RegistrationOptions
{
    /// <summary>Anybody registers.</summary>
    public const string Open = "open";

    /// <summary>Whoever has an invite of a maintainer registers.</summary>
    public const string ByInvite = "invite";

    /// <summary>Nobody registers.</summary>
    public const string Closed = "closed";

    /// <summary>Who may register.</summary>
    /// <value>Default open; open, invite or closed.</value>
    [AllowedValues(Open, ByInvite, Closed)]
    public string Mode { get; set; } = Open;

    /// <summary>The trust of a new worker, where its invite says nothing else.</summary>
    /// <value>Default basic; untrusted, basic, trusted or maintainer.</value>
    [AllowedValues("untrusted", "basic", "trusted", "maintainer")]
    public string TrustTier { get; set; } = "basic";

    /// <summary>The same as the rules take it.</summary>
    public TrustTier ToTier() => Enum.Parse<TrustTier>(TrustTier, ignoreCase: true);
}
