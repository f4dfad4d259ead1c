using System.Reflection;
using Xunit.Sdk;

namespace OwpPool.Simulator.Tests;

/// <summary>Runs a theory on the simulator and on Orleans; the engine is its first argument.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EachEngineAttribute(params object[] arguments) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enum.GetValues<Engine>().Select(engine => (object[])[engine, .. arguments]);
}
