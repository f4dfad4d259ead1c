using System.Security.Cryptography;
using System.Text;
using OwpPool.Core.Shared;

namespace OwpPool.Server.Tasks;

/// <summary>Task ids that follow from where the task comes from, so that the same task again finds the first.</summary>
public static class TaskIds
{
    private const int HashBytes = 16;

    /// <summary>The id of the task with this external id in this repo: <c>t_x</c> and 128 bits of SHA-256. Drawn ids are shorter, so the
    /// two never meet.</summary>
    public static string OfExternal(string repo, string externalId)
    {
        // A repo key holds no line break, so the pair is read back in one way only.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Names.CanonicalRepo(repo)}\n{externalId}"));
        return $"{Ids.Task}x{Convert.ToHexStringLower(hash.AsSpan(0, HashBytes))}";
    }

    /// <summary>The id of one of the tasks that a request with an Idempotency-Key makes: <c>t_b</c> and 128 bits of SHA-256.</summary>
    public static string OfRequest(string requestKey, int index)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{requestKey}\n{index}"));
        return $"{Ids.Task}b{Convert.ToHexStringLower(hash.AsSpan(0, HashBytes))}";
    }

    /// <summary>The id of the task that a request with an Idempotency-Key makes: <c>t_k</c> and the request's own key.</summary>
    public static string OfRequest(string requestKey) => $"{Ids.Task}k{requestKey}";
}
