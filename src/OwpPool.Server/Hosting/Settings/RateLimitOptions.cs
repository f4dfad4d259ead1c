using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>How much one caller may send: <c>OwpPool:RateLimits</c>. Each limit fills up again steadily, and holds a burst on top of that;
/// more is 429 with <c>Retry-After</c>.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Requests of one token, worker's or admin's, in <see cref="WindowSeconds"/>.</summary>
    /// <value>Default 2,000; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int TokenRequests { get; set; } = 2_000;

    /// <summary>Requests of one token at once, after a rest.</summary>
    /// <value>Default 4,000; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int TokenBurst { get; set; } = 4_000;

    /// <summary>Requests from one remote address in <see cref="WindowSeconds"/>, counted before anything else is looked at. An IPv6
    /// network of 64 bits counts as one address.</summary>
    /// <value>Default 20,000: many workers may share an address. 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int AddressRequests { get; set; } = 20_000;

    /// <summary>Requests from one remote address at once, after a rest.</summary>
    /// <value>Default 40,000; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int AddressBurst { get; set; } = 40_000;

    /// <summary>The time that the requests of tokens and addresses are counted for, in seconds.</summary>
    /// <value>Default 1; 1 to 86,400.</value>
    [Range(1, 86_400)]
    public int WindowSeconds { get; set; } = 1;

    /// <summary>Registrations from one remote address in <see cref="RegistrationWindowSeconds"/>.</summary>
    /// <value>Default 30; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int Registrations { get; set; } = 30;

    /// <summary>Registrations from one remote address at once, after a rest.</summary>
    /// <value>Default 300: a fleet that starts together registers together. 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int RegistrationBurst { get; set; } = 300;

    /// <summary>The time that registrations are counted for, in seconds.</summary>
    /// <value>Default 60; 1 to 86,400.</value>
    [Range(1, 86_400)]
    public int RegistrationWindowSeconds { get; set; } = 60;

    /// <summary>Credentials from one remote address that are refused with 401 in <see cref="RefusedCredentialsWindowSeconds"/>; the next
    /// ones are refused with 429. Right ones pass at any time.</summary>
    /// <value>Default 60; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int RefusedCredentials { get; set; } = 60;

    /// <summary>Credentials from one remote address that are refused with 401 at once, after a rest.</summary>
    /// <value>Default 200; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int RefusedCredentialsBurst { get; set; } = 200;

    /// <summary>The time that refused credentials are counted for, in seconds.</summary>
    /// <value>Default 60; 1 to 86,400.</value>
    [Range(1, 86_400)]
    public int RefusedCredentialsWindowSeconds { get; set; } = 60;

    /// <summary>Answers to Idempotency-Keys that are stored for one caller in a day; beyond it a request with a new key is refused. The
    /// admin has a hundred times as many.</summary>
    /// <value>Default 20,000; 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int StoredAnswers { get; set; } = 20_000;

    /// <summary>Answers that are stored for one caller at once, after a rest.</summary>
    /// <value>Default 500, some 600 KB of the database; 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int StoredAnswersBurst { get; set; } = 500;

    /// <summary>Size of the answers that are stored for one caller in a day, in KiB, each rounded up. The admin has a hundred times as
    /// much.</summary>
    /// <value>Default 32,768 (32 MiB); 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int StoredAnswerKilobytes { get; set; } = 32_768;

    /// <summary>Size of the answers that are stored for one caller at once, after a rest, in KiB.</summary>
    /// <value>Default 4,096 (4 MiB); 1 to 10,000,000.</value>
    [Range(1, 10_000_000)]
    public int StoredAnswerKilobytesBurst { get; set; } = 4_096;

    /// <summary>Counters of each kind at most, so that many addresses or tokens cannot fill the memory. Callers beyond that
    /// number share some; who shares with whom cannot be foreseen.</summary>
    /// <value>Default 65,536, of some 200 bytes each while they are in use; 1 to 1,048,576.</value>
    [Range(1, 1_048_576)]
    public int Counters { get; set; } = 65_536;
}
