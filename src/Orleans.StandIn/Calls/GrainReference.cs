namespace Orleans.Runtime;

/// <summary>Stands for a grain wherever it is called from. Two references to one grain are equal.</summary>
[Immutable]
public class GrainReference : IAddressable, IEquatable<GrainReference>
{
    private readonly Type? _interface;

    internal GrainReference(GrainFactory factory, GrainId grainId, Type? interfaceType)
    {
        Factory = factory;
        GrainId = grainId;
        _interface = interfaceType;
    }

    public GrainId GrainId { get; }

    public GrainInterfaceType InterfaceType => _interface is null ? default : GrainInterfaceType.Create(InterfaceName);

    public virtual string InterfaceName => _interface?.FullName ?? string.Empty;

    internal GrainFactory Factory { get; }

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    public virtual TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)Factory.CreateReference(GrainId, typeof(TGrainInterface));

    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"GrainReference:{GrainId}";

    // The methods of emitted references call these four.
    internal Task CallTask<TArguments>(GrainMethod<TArguments, Unit> method, TArguments arguments) => Send(method, arguments);

    internal Task<TResult> CallTaskOf<TArguments, TResult>(GrainMethod<TArguments, TResult> method, TArguments arguments) =>
        Send(method, arguments);

    internal ValueTask CallValueTask<TArguments>(GrainMethod<TArguments, Unit> method, TArguments arguments) =>
        new(Send(method, arguments));

    internal ValueTask<TResult> CallValueTaskOf<TArguments, TResult>(GrainMethod<TArguments, TResult> method, TArguments arguments) =>
        new(Send(method, arguments));

    private Task<TResult> Send<TArguments, TResult>(GrainMethod<TArguments, TResult> method, TArguments arguments)
    {
        var call = new Call<TArguments, TResult>(method, GrainId, arguments, Factory.Silo.Turns.CompletionOptions);
        Factory.Silo.Send(GrainId, call, method.ResponseTimeout);
        return call.Completion;
    }
}
