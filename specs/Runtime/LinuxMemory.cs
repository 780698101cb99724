using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Limits of memory in bytes; -1 is no limit.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Memory".</remarks>
public sealed record LinuxMemory : IJsonObject<LinuxMemory>
{
    /// <summary>The limit of memory.</summary>
    public long? Limit { get; init; }

    /// <summary>The soft limit.</summary>
    public long? Reservation { get; init; }

    /// <summary>The limit of memory and swap together.</summary>
    public long? Swap { get; init; }

    /// <summary>Deprecated: the limit of kernel memory, which newer kernels ignore.</summary>
    public long? Kernel { get; init; }

    /// <summary>The limit of the kernel's TCP buffers.</summary>
    public long? KernelTcp { get; init; }

    /// <summary>How readily memory is swapped out, 0 to 100.</summary>
    public ulong? Swappiness { get; init; }

    /// <summary>Whether the cgroup's tasks wait instead of being killed when memory is out.</summary>
    public bool? DisableOomKiller { get; init; }

    /// <summary>Whether child cgroups count to this one (cgroup v1).</summary>
    public bool? UseHierarchy { get; init; }

    /// <summary>Whether an update to less than what is in use is refused.</summary>
    public bool? CheckBeforeUpdate { get; init; }

    static LinuxMemory IJsonObject<LinuxMemory>.Read(ref JsonObjectReader reader)
    {
        long? limit = null;
        long? reservation = null;
        long? swap = null;
        long? kernel = null;
        long? kernelTcp = null;
        ulong? swappiness = null;
        bool? disableOomKiller = null;
        bool? useHierarchy = null;
        bool? checkBeforeUpdate = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("limit"u8)) { limit = reader.ReadInt64(); }
            else if (reader.Is("reservation"u8)) { reservation = reader.ReadInt64(); }
            else if (reader.Is("swap"u8)) { swap = reader.ReadInt64(); }
            else if (reader.Is("kernel"u8)) { kernel = reader.ReadInt64(); }
            else if (reader.Is("kernelTCP"u8)) { kernelTcp = reader.ReadInt64(); }
            else if (reader.Is("swappiness"u8)) { swappiness = reader.ReadUInt64(); }
            else if (reader.Is("disableOOMKiller"u8)) { disableOomKiller = reader.ReadBoolean(); }
            else if (reader.Is("useHierarchy"u8)) { useHierarchy = reader.ReadBoolean(); }
            else if (reader.Is("checkBeforeUpdate"u8)) { checkBeforeUpdate = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxMemory
        {
            Limit = limit,
            Reservation = reservation,
            Swap = swap,
            Kernel = kernel,
            KernelTcp = kernelTcp,
            Swappiness = swappiness,
            DisableOomKiller = disableOomKiller,
            UseHierarchy = useHierarchy,
            CheckBeforeUpdate = checkBeforeUpdate,
        };
    }

    void IJsonObject<LinuxMemory>.Write(JsonObjectWriter writer)
    {
        writer.Write("limit"u8, Limit);
        writer.Write("reservation"u8, Reservation);
        writer.Write("swap"u8, Swap);
        writer.Write("kernel"u8, Kernel);
        writer.Write("kernelTCP"u8, KernelTcp);
        writer.Write("swappiness"u8, Swappiness);
        writer.Write("disableOOMKiller"u8, DisableOomKiller);
        writer.Write("useHierarchy"u8, UseHierarchy);
        writer.Write("checkBeforeUpdate"u8, CheckBeforeUpdate);
    }
}
