using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>Emits, once for each grain interface, the reference class whose methods send calls.</summary>
internal static class ReferenceEmitter
{
    private static readonly Type[] ConstructorParameters = [typeof(GrainFactory), typeof(GrainId), typeof(Type)];

    private static readonly ConstructorInfo BaseConstructor = typeof(GrainReference).GetConstructor(
        BindingFlags.Instance | BindingFlags.NonPublic, ConstructorParameters)!;

    /// <exception cref="NotSupportedException">The interface has a member that a grain interface cannot have.</exception>
    internal static Func<GrainFactory, GrainId, GrainReference> Create(Type grainInterface)
    {
        var methods = MethodsOf(grainInterface);
        var type = DefineType(grainInterface, methods);
        var fields = new List<FieldBuilder>();
        DefineConstructor(type);
        foreach (var method in methods)
            fields.Add(DefineMethod(type, method, fields.Count));
        var created = type.CreateType();
        for (var i = 0; i < methods.Count; i++)
            created.GetField(fields[i].Name)!.SetValue(null, CreateDescriptor(grainInterface, methods[i]));
        return CompileActivator(created, grainInterface);
    }

    private static List<MethodInfo> MethodsOf(Type grainInterface)
    {
        var methods = grainInterface.GetInterfaces().Append(grainInterface).SelectMany(type => type.GetMethods()).ToList();
        var wrong = methods.Find(method => method.IsGenericMethod || method.IsSpecialName || !ReturnsTask(method)
            || method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef));
        return wrong is null
            ? methods
            : throw new NotSupportedException(
                $"{grainInterface}.{wrong.Name} cannot be called as a grain method: it must be a plain method that returns Task or ValueTask.");
    }

    private static bool ReturnsTask(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask))
            return true;
        return type.IsGenericType && type.GetGenericTypeDefinition() is { } definition
            && (definition == typeof(Task<>) || definition == typeof(ValueTask<>));
    }

    private static TypeBuilder DefineType(Type grainInterface, List<MethodInfo> methods)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(
            new AssemblyName($"Orleans.StandIn.References.{grainInterface.FullName}"), AssemblyBuilderAccess.Run);
        var ignore = typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
        var seen = methods
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).Append(method.DeclaringType!))
            .Append(grainInterface)
            .Append(typeof(GrainReference))
            .SelectMany(AssembliesOf)
            .Distinct();
        foreach (var name in seen)
            assembly.SetCustomAttribute(new CustomAttributeBuilder(ignore, [name]));
        var module = assembly.DefineDynamicModule("References");
        return module.DefineType(
            $"{grainInterface.Name}Reference", TypeAttributes.Public | TypeAttributes.Sealed, typeof(GrainReference), [grainInterface]);
    }

    private static IEnumerable<string> AssembliesOf(Type type)
    {
        yield return type.Assembly.GetName().Name!;
        foreach (var argument in type.GetGenericArguments())
        {
            foreach (var name in AssembliesOf(argument))
                yield return name;
        }
    }

    private static void DefineConstructor(TypeBuilder type)
    {
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, ConstructorParameters).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Call, BaseConstructor);
        il.Emit(OpCodes.Ret);
    }

    private static FieldBuilder DefineMethod(TypeBuilder type, MethodInfo method, int index)
    {
        var parameters = method.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        var tuple = ArgumentTuple.TypeFor(parameters);
        var field = type.DefineField($"Method{index}", DescriptorType(tuple, method), FieldAttributes.Public | FieldAttributes.Static);
        var definition = type.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            parameters);
        var il = definition.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldsfld, field);
        for (short i = 0; i < parameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)(i + 1));
        EmitNewTuple(il, tuple, parameters.Length);
        il.Emit(OpCodes.Call, Sender(tuple, method));
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(definition, method);
        return field;
    }

    private static void EmitNewTuple(ILGenerator il, Type tuple, int count)
    {
        if (count == 0)
        {
            var empty = il.DeclareLocal(tuple);
            il.Emit(OpCodes.Ldloc, empty);
            return;
        }
        if (count > 7)
            EmitNewTuple(il, tuple.GetGenericArguments()[7], count - 7);
        il.Emit(OpCodes.Newobj, tuple.GetConstructor(tuple.GetGenericArguments())!);
    }

    private static Type ResultOf(MethodInfo method) =>
        method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(Unit);

    private static Type DescriptorType(Type tuple, MethodInfo method) => typeof(GrainMethod<,>).MakeGenericType(tuple, ResultOf(method));

    private static MethodInfo Sender(Type tuple, MethodInfo method)
    {
        var isValueTask = method.ReturnType.Name.StartsWith(nameof(ValueTask), StringComparison.Ordinal);
        var name = (isValueTask, method.ReturnType.IsGenericType) switch
        {
            (false, false) => nameof(GrainReference.CallTask),
            (false, true) => nameof(GrainReference.CallTaskOf),
            (true, false) => nameof(GrainReference.CallValueTask),
            (true, true) => nameof(GrainReference.CallValueTaskOf),
        };
        var sender = typeof(GrainReference).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
        return method.ReturnType.IsGenericType ? sender.MakeGenericMethod(tuple, ResultOf(method)) : sender.MakeGenericMethod(tuple);
    }

    private static object CreateDescriptor(Type grainInterface, MethodInfo method)
    {
        var tuple = ArgumentTuple.TypeFor(method.GetParameters().Select(parameter => parameter.ParameterType).ToArray());
        return Activator.CreateInstance(
            DescriptorType(tuple, method), BindingFlags.Instance | BindingFlags.Public, null, [grainInterface, method], null)!;
    }

    private static Func<GrainFactory, GrainId, GrainReference> CompileActivator(Type created, Type grainInterface)
    {
        var factory = Expression.Parameter(typeof(GrainFactory));
        var grainId = Expression.Parameter(typeof(GrainId));
        var construct = Expression.New(created.GetConstructor(ConstructorParameters)!, factory, grainId, Expression.Constant(grainInterface, typeof(Type)));
        return Expression.Lambda<Func<GrainFactory, GrainId, GrainReference>>(construct, factory, grainId).Compile();
    }
}
