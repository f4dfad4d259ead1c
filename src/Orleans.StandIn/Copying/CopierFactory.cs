using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>Makes the copier of one exact type.</summary>
internal static class CopierFactory
{
    private static readonly MethodInfo RememberMethod =
        typeof(CopyContext).GetMethod(nameof(CopyContext.Remember), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Null when the type may not cross a grain call.</summary>
    internal static Func<T, CopyContext, T>? TryCreate<T>()
    {
        var type = typeof(T);
        if (TypeTraits.IsShareable(type))
            return static (value, _) => value;
        if (CollectionCopiers.TryCreate<T>() is { } forCollection)
            return forCollection;
        if (TypeTraits.IsFieldByField(type))
            return Compile<T>(TypeTraits.AllFields(type).Select(field => new SerializedMembers.Member(field, false)), null);
        if (TypeTraits.IsMarked(type) && !type.IsAbstract)
            return Compile<T>(SerializedMembers.Of(type), ParameterlessConstructor(type));
        if (type == typeof(object))
            return static (_, _) => (T)new object();
        return null;
    }

    private static ConstructorInfo? ParameterlessConstructor(Type type) => type.IsValueType
        ? null
        : type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes);

    /// <summary>Emits the field-by-field copy: IL, because expression trees cannot assign readonly and init-only fields.</summary>
    private static Func<T, CopyContext, T> Compile<T>(IEnumerable<SerializedMembers.Member> members, ConstructorInfo? constructor)
    {
        var type = typeof(T);
        var method = new DynamicMethod($"Copy {type.Name}", type, [type, typeof(CopyContext)], typeof(CopierFactory).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        var copy = il.DeclareLocal(type);
        EmitNewCopy(il, type, copy, constructor);
        foreach (var member in members)
        {
            il.Emit(type.IsValueType ? OpCodes.Ldloca : OpCodes.Ldloc, copy);
            EmitCopyOfField(il, type, member);
            il.Emit(OpCodes.Stfld, member.Field);
        }
        il.Emit(OpCodes.Ldloc, copy);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<T, CopyContext, T>>();
    }

    private static void EmitNewCopy(ILGenerator il, Type type, LocalBuilder copy, ConstructorInfo? constructor)
    {
        if (type.IsValueType)
        {
            il.Emit(OpCodes.Ldloca, copy);
            il.Emit(OpCodes.Initobj, type);
            return;
        }
        if (constructor is not null)
        {
            il.Emit(OpCodes.Newobj, constructor);
        }
        else
        {
            il.Emit(OpCodes.Ldtoken, type);
            il.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetTypeFromHandle))!);
            il.Emit(OpCodes.Call, typeof(RuntimeHelpers).GetMethod(nameof(RuntimeHelpers.GetUninitializedObject))!);
            il.Emit(OpCodes.Castclass, type);
        }
        il.Emit(OpCodes.Stloc, copy);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, copy);
        il.Emit(OpCodes.Call, RememberMethod);
    }

    private static void EmitCopyOfField(ILGenerator il, Type type, SerializedMembers.Member member)
    {
        il.Emit(type.IsValueType ? OpCodes.Ldarga_S : OpCodes.Ldarg_S, (byte)0);
        il.Emit(OpCodes.Ldfld, member.Field);
        if (member.IsImmutable || Copier.NeverCopies(member.Field.FieldType))
            return;
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Call, Copier.CopyMethodFor(member.Field.FieldType));
    }
}
