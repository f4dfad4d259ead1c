using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>Remembers, during one copy, what was already copied: an object met twice stays one object, and a cycle ends.</summary>
internal sealed class CopyContext
{
    private const int InlineCapacity = 8;

    [ThreadStatic]
    private static CopyContext? t_cached;

    private readonly object[] _originals = new object[InlineCapacity];
    private readonly object[] _copies = new object[InlineCapacity];
    private int _count;
    private Dictionary<object, object>? _overflow;

    internal static CopyContext Rent()
    {
        var context = t_cached ?? new CopyContext();
        t_cached = null;
        return context;
    }

    internal void Return()
    {
        Array.Clear(_originals, 0, _count);
        Array.Clear(_copies, 0, _count);
        _count = 0;
        _overflow = null;
        t_cached = this;
    }

    internal bool TryGetCopy(object original, out object? copy)
    {
        for (var i = 0; i < _count; i++)
        {
            if (!ReferenceEquals(_originals[i], original))
                continue;
            copy = _copies[i];
            return true;
        }
        copy = null;
        return _overflow is not null && _overflow.TryGetValue(original, out copy);
    }

    internal void Remember(object original, object copy)
    {
        if (_count < InlineCapacity)
        {
            _originals[_count] = original;
            _copies[_count++] = copy;
            return;
        }
        _overflow ??= new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
        _overflow[original] = copy;
    }
}
