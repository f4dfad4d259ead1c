using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Hosting.Settings;

/// <summary>Tasks that come many at once: <c>OwpPool:Imports</c>.</summary>
public sealed class ImportOptions
{
    /// <summary>Largest body of a batch or a task file, in bytes.</summary>
    /// <value>Default 16,777,216 (16 MiB); 1,024 to 268,435,456.</value>
    [Range(1_024, 268_435_456)]
    public int MaxBodyBytes { get; set; } = 16_777_216;

    /// <summary>Most tasks of a file.</summary>
    /// <value>Default 10,000; 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int MaxTasks { get; set; } = 10_000;
}
