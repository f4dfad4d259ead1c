using OwpPool.Core.GitHub;

namespace OwpPool.Storage.GitHub;

/// <summary>A delivery of GitHub's webhook that waits for its effect.</summary>
/// <param name="Id">Its number in the inbox, by arrival.</param>
/// <param name="DeliveryId">GitHub's own id of it.</param>
/// <param name="Tries">How often it was tried in vain.</param>
/// <param name="Signal">What it says.</param>
public sealed record GitHubDelivery(long Id, string DeliveryId, int Tries, PullRequestSignal Signal);
