namespace OwpPool.Simulator;

/// <summary>A doubly linked list through the invocations themselves: adding and removing costs nothing but pointers.</summary>
internal struct InvocationList
{
    internal Invocation? First { get; private set; }

    internal Invocation? Last { get; private set; }

    internal int Count { get; private set; }

    internal void Add(Invocation invocation)
    {
        invocation.Previous = Last;
        invocation.Next = null;
        if (Last is null)
            First = invocation;
        else
            Last.Next = invocation;
        Last = invocation;
        Count++;
    }

    internal void Insert(Invocation invocation, int index)
    {
        var next = First;
        for (var i = 0; i < index; i++) next = next!.Next;
        if (next is null)
        {
            Add(invocation);
            return;
        }
        invocation.Previous = next.Previous;
        invocation.Next = next;
        if (next.Previous is null)
            First = invocation;
        else
            next.Previous.Next = invocation;
        next.Previous = invocation;
        Count++;
    }

    internal void Remove(Invocation invocation)
    {
        if (invocation.Previous is null)
            First = invocation.Next;
        else
            invocation.Previous.Next = invocation.Next;
        if (invocation.Next is null)
            Last = invocation.Previous;
        else
            invocation.Next.Previous = invocation.Previous;
        invocation.Next = invocation.Previous = null;
        Count--;
    }
}
