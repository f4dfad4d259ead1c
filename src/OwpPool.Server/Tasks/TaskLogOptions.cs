using System.ComponentModel.DataAnnotations;

namespace OwpPool.Server.Tasks;

/// <summary>What is kept of what workers say: <c>OwpPool:TaskLogs</c>. Beyond it the oldest lines go, and nothing is refused: what matters
/// of a task that went wrong is what was said last.</summary>
public sealed class TaskLogOptions
{
    /// <summary>Lines that a task keeps.</summary>
    /// <value>Default 10,000; 500 to 1,000,000. Never less than one request brings.</value>
    [Range(LogLinesRequest.MaxLines, 1_000_000)]
    public int LinesPerTask { get; set; } = 10_000;

    /// <summary>Bytes of messages that a task keeps.</summary>
    /// <value>Default 4,194,304 (4 MiB); 65,536 to 1,073,741,824.</value>
    [Range(65_536, 1_073_741_824)]
    public int BytesPerTask { get; set; } = 4_194_304;

    /// <summary>Days that lines are kept.</summary>
    /// <value>Default 30; 1 to 3,650.</value>
    [Range(1, 3_650)]
    public int KeepDays { get; set; } = 30;
}
