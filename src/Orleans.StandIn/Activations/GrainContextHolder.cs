namespace Orleans.Runtime;

/// <summary>Tells the services of an activation's scope whose scope it is.</summary>
internal sealed class GrainContextHolder
{
    private IGrainContext? _context;

    internal IGrainContext Context
    {
        get => _context ?? throw new InvalidOperationException("There is no grain in this scope.");
        set => _context = value;
    }
}
