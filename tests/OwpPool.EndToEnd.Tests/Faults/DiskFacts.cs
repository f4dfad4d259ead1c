namespace OwpPool.EndToEnd.Tests.Faults;

/// <summary>A test that mounts a file system of its own; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MemoryDiskFactAttribute : FactAttribute
{
    public MemoryDiskFactAttribute() =>
        Skip = ScratchDisk.WhyNoMemory is { } fault ? $"No file system can be mounted here: {fault}" : null!;
}

/// <summary>A test that makes a block device of its own; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DeviceFactAttribute : FactAttribute
{
    public DeviceFactAttribute() => Skip = ScratchDisk.WhyNoDevice is { } fault ? $"No device can be made here: {fault}" : null!;
}
