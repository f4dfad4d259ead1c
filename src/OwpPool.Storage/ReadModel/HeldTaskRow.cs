namespace OwpPool.Storage.ReadModel;

/// <summary>A task that counts against its repo's budget: offered, leased, in_progress, blocked or pr_opened.</summary>
/// <param name="WorkerId">Who holds it.</param>
/// <param name="LeaseId">Null once a pull request is open.</param>
/// <param name="Token">The fencing token of the lease.</param>
/// <param name="ExpiresAt">When the lease ends, or a review that ends by itself, if there is one.</param>
/// <param name="GrantedAt">When the lease was granted, if there is one: its whole life is counted from there, renewals included.</param>
/// <param name="ReviewConfirmedBy">Who has seen the pull request besides its worker, if anybody has.</param>
public sealed record HeldTaskRow(
    string TaskId,
    string Phase,
    string? WorkerId,
    string? LeaseId,
    long Token,
    long Version,
    int Points,
    string? AreaKey,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? GrantedAt,
    string? ReviewConfirmedBy);
