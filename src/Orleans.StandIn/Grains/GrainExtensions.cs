using Orleans.Runtime;

namespace Orleans;

/// <summary>Identity and references of grains.</summary>
public static class GrainExtensions
{
    private const string WrongArgument = "Neither a grain reference nor a grain that the runtime has created.";

    /// <summary>A reference to <paramref name="grain"/>: inside a grain it turns <c>this</c> into something that may be handed
    /// out.</summary>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

    public static object AsReference(this IAddressable grain, Type interfaceType)
    {
        ArgumentNullException.ThrowIfNull(grain);
        var reference = ReferenceOf(grain);
        return reference.Factory.CreateReference(reference.GrainId, interfaceType);
    }

    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => AsReference<TGrainInterface>(grain);

    public static object Cast(this IAddressable grain, Type interfaceType) => AsReference(grain, interfaceType);

    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        null => throw new ArgumentNullException(nameof(grain)),
        _ => throw new ArgumentException(WrongArgument, nameof(grain)),
    };

    public static string GetPrimaryKeyString(this IAddressable grain) => GetGrainId(grain).Key.ToString();

    private static GrainReference ReferenceOf(IAddressable grain) => grain switch
    {
        GrainReference reference => reference,
        IGrainBase { GrainContext: Activation activation } => activation.Reference,
        _ => throw new ArgumentException(WrongArgument, nameof(grain)),
    };
}
