using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>A value cannot cross a grain call: its type is not marked and is none of those that can without.</summary>
/// <remarks>Real Orleans has a public type of this name; the stand-in may only show what the API lists hold.</remarks>
internal sealed class CodecNotFoundException(string message) : OrleansException(message);
