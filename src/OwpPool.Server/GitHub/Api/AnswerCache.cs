using System.Text.Json;

namespace OwpPool.Server.GitHub.Api;

/// <summary>What GitHub answered.</summary>
/// <param name="Body">Undefined where there was none.</param>
/// <param name="Next">Where the list goes on; null = nowhere.</param>
public sealed record GitHubAnswer(JsonElement Body, string? Next);

/// <summary>An answer that GitHub may say has not changed.</summary>
internal sealed record CachedAnswer(string ETag, GitHubAnswer Answer, int Bytes);

/// <summary>The latest answers to reads, by address.</summary>
internal sealed class AnswerCache
{
    private const int MaxAnswers = 500;
    private const int MaxBytes = 512 * 1024;
    private readonly Lock _gate = new();
    private readonly Dictionary<Uri, LinkedListNode<(Uri Address, CachedAnswer Answer)>> _answers = [];
    private readonly LinkedList<(Uri Address, CachedAnswer Answer)> _order = new();

    /// <summary>The answer; null if there is none.</summary>
    public CachedAnswer? Find(Uri address)
    {
        lock (_gate) return _answers.TryGetValue(address, out var node) ? node.Value.Answer : null;
    }

    /// <summary>Keeps an answer, in place of the oldest if there are many. A large one is not kept.</summary>
    public void Keep(Uri address, CachedAnswer answer)
    {
        lock (_gate) KeepInTurn(address, answer);
    }

    private void KeepInTurn(Uri address, CachedAnswer answer)
    {
        if (_answers.Remove(address, out var known)) _order.Remove(known);
        if (answer.Bytes > MaxBytes) return;
        if (_answers.Count == MaxAnswers)
        {
            _answers.Remove(_order.First!.Value.Address);
            _order.RemoveFirst();
        }
        _answers[address] = _order.AddLast((address, answer));
    }
}
