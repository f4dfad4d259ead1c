using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Webhooks;

/// <summary>Operators' own webhooks: <c>OwpPool:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>Webhooks at once.</summary>
    /// <value>Default 20; 1 to 1,000. Each delivers by itself.</value>
    [Range(1, 1_000)]
    public int MaxHooks { get; set; } = 20;

    /// <summary>How often a delivery is tried; then it is put aside and the next one begins.</summary>
    /// <value>Default 8: over about two minutes; 1 to 50.</value>
    [Range(1, 50)]
    public int MaxTries { get; set; } = 8;

    /// <summary>Rest after the first failed try, in milliseconds; each further one is twice as long.</summary>
    /// <value>Default 1,000; 1 to 60,000.</value>
    [Range(1, 60_000)]
    public int RetryDelayMilliseconds { get; set; } = 1_000;

    /// <summary>Longest rest between two tries, in seconds; also the longest that a receiver may ask for.</summary>
    /// <value>Default 300; 1 to 3,600.</value>
    [Range(1, 3_600)]
    public int LongestRetrySeconds { get; set; } = 300;

    /// <summary>How long a receiver may take, in seconds.</summary>
    /// <value>Default 5; 1 to 30.</value>
    [Range(1, 30)]
    public int TimeoutSeconds { get; set; } = 5;

    /// <summary>A webhook that nothing was taken of for so long is disabled, in seconds, once the last of <see cref="MaxTries"/> tries has
    /// failed too.</summary>
    /// <value>Default 259,200 (3 days); 1 to 2,592,000.</value>
    [Range(1, 2_592_000)]
    public int DisableAfterSeconds { get; set; } = 259_200;

    /// <summary>How long the secret before the last rotation signs too, in seconds.</summary>
    /// <value>Default 86,400 (a day); 0 to 2,592,000.</value>
    [Range(0, 2_592_000)]
    public int OldSecretSeconds { get; set; } = 86_400;

    /// <summary>Whether a webhook may be plain http.</summary>
    /// <value>Default false; true for trying things out.</value>
    public bool AllowHttp { get; set; }

    /// <summary>Whether a webhook may lead into this machine's own network.</summary>
    /// <value>Default false: whoever registers one could reach what only this machine can. True where the receivers are in the same
    /// network and all admins may reach them.</value>
    public bool AllowPrivateAddresses { get; set; }
}
