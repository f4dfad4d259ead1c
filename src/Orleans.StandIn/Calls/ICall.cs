namespace Orleans.Runtime;

/// <summary>What a call filter may know of a call.</summary>
internal interface ICall
{
    GrainMethod Method { get; }

    GrainId TargetId { get; }

    /// <summary>The calling grain; null when the host's client calls.</summary>
    GrainId? SourceId { get; }
}
