using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a container's configuration holds that is particular to Linux: the property <c>linux</c>.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md.</remarks>
public sealed record LinuxSection : IJsonObject<LinuxSection>
{
    /// <summary>The user id mapping of a new user namespace.</summary>
    public LinuxIdMapping[]? UidMappings { get; init; }

    /// <summary>The group id mapping of a new user namespace.</summary>
    public LinuxIdMapping[]? GidMappings { get; init; }

    /// <summary>Kernel parameters to set in the container, by dotted name.</summary>
    public IReadOnlyDictionary<string, string>? Sysctl { get; init; }

    /// <summary>The cgroup's limits; absent sets none.</summary>
    public LinuxResources? Resources { get; init; }

    /// <summary>
    /// The cgroup: absolute is below the mount point; relative is where the runtime likes; for systemd
    /// <c>slice:prefix:name</c>.
    /// </summary>
    public string? CgroupsPath { get; init; }

    /// <summary>The namespaces to create or join, at most one of a type; those not named are inherited.</summary>
    public LinuxNamespace[]? Namespaces { get; init; }

    /// <summary>Device nodes to make, besides the default ones.</summary>
    public LinuxDevice[]? Devices { get; init; }

    /// <summary>Network devices to move from the runtime's network namespace, by the name they have there.</summary>
    public IReadOnlyDictionary<string, LinuxNetDevice>? NetDevices { get; init; }

    /// <summary>The system call filter; absent means none.</summary>
    public LinuxSeccomp? Seccomp { get; init; }

    /// <summary>The propagation of the root mount: shared, slave, private or unbindable.</summary>
    public string? RootfsPropagation { get; init; }

    /// <summary>Paths in the container that read as empty.</summary>
    public string[]? MaskedPaths { get; init; }

    /// <summary>Paths in the container that are read-only.</summary>
    public string[]? ReadonlyPaths { get; init; }

    /// <summary>The SELinux label of the mounts.</summary>
    public string? MountLabel { get; init; }

    /// <summary>Intel RDT: shares of cache and memory bandwidth.</summary>
    public LinuxIntelRdt? IntelRdt { get; init; }

    /// <summary>The execution domain; absent inherits it.</summary>
    public LinuxPersonality? Personality { get; init; }

    /// <summary>Offsets of the time namespace's clocks, by clock: <c>monotonic</c>, <c>boottime</c>.</summary>
    public IReadOnlyDictionary<string, LinuxTimeOffset>? TimeOffsets { get; init; }

    /// <summary>The NUMA memory policy; absent inherits it.</summary>
    public LinuxMemoryPolicy? MemoryPolicy { get; init; }

    static LinuxSection IJsonObject<LinuxSection>.Read(ref JsonObjectReader reader)
    {
        LinuxIdMapping[]? uidMappings = null;
        LinuxIdMapping[]? gidMappings = null;
        IReadOnlyDictionary<string, string>? sysctl = null;
        LinuxResources? resources = null;
        string? cgroupsPath = null;
        LinuxNamespace[]? namespaces = null;
        LinuxDevice[]? devices = null;
        IReadOnlyDictionary<string, LinuxNetDevice>? netDevices = null;
        LinuxSeccomp? seccomp = null;
        string? rootfsPropagation = null;
        string[]? maskedPaths = null;
        string[]? readonlyPaths = null;
        string? mountLabel = null;
        LinuxIntelRdt? intelRdt = null;
        LinuxPersonality? personality = null;
        IReadOnlyDictionary<string, LinuxTimeOffset>? timeOffsets = null;
        LinuxMemoryPolicy? memoryPolicy = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("uidMappings"u8)) { uidMappings = reader.ReadArray<LinuxIdMapping>(); }
            else if (reader.Is("gidMappings"u8)) { gidMappings = reader.ReadArray<LinuxIdMapping>(); }
            else if (reader.Is("sysctl"u8)) { sysctl = reader.ReadStringMap(); }
            else if (reader.Is("resources"u8)) { resources = reader.Read<LinuxResources>(); }
            else if (reader.Is("cgroupsPath"u8)) { cgroupsPath = reader.ReadString(); }
            else if (reader.Is("namespaces"u8)) { namespaces = reader.ReadArray<LinuxNamespace>(); }
            else if (reader.Is("devices"u8)) { devices = reader.ReadArray<LinuxDevice>(); }
            else if (reader.Is("netDevices"u8)) { netDevices = reader.ReadMap<LinuxNetDevice>(); }
            else if (reader.Is("seccomp"u8)) { seccomp = reader.Read<LinuxSeccomp>(); }
            else if (reader.Is("rootfsPropagation"u8)) { rootfsPropagation = reader.ReadString(); }
            else if (reader.Is("maskedPaths"u8)) { maskedPaths = reader.ReadStrings(); }
            else if (reader.Is("readonlyPaths"u8)) { readonlyPaths = reader.ReadStrings(); }
            else if (reader.Is("mountLabel"u8)) { mountLabel = reader.ReadString(); }
            else if (reader.Is("intelRdt"u8)) { intelRdt = reader.Read<LinuxIntelRdt>(); }
            else if (reader.Is("personality"u8)) { personality = reader.Read<LinuxPersonality>(); }
            else if (reader.Is("timeOffsets"u8)) { timeOffsets = reader.ReadMap<LinuxTimeOffset>(); }
            else if (reader.Is("memoryPolicy"u8)) { memoryPolicy = reader.Read<LinuxMemoryPolicy>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxSection
        {
            UidMappings = uidMappings,
            GidMappings = gidMappings,
            Sysctl = sysctl,
            Resources = resources,
            CgroupsPath = cgroupsPath,
            Namespaces = namespaces,
            Devices = devices,
            NetDevices = netDevices,
            Seccomp = seccomp,
            RootfsPropagation = rootfsPropagation,
            MaskedPaths = maskedPaths,
            ReadonlyPaths = readonlyPaths,
            MountLabel = mountLabel,
            IntelRdt = intelRdt,
            Personality = personality,
            TimeOffsets = timeOffsets,
            MemoryPolicy = memoryPolicy,
        };
    }

    void IJsonObject<LinuxSection>.Write(JsonObjectWriter writer)
    {
        writer.WriteArray("uidMappings"u8, UidMappings);
        writer.WriteArray("gidMappings"u8, GidMappings);
        writer.Write("sysctl"u8, Sysctl);
        writer.WriteObject("resources"u8, Resources);
        writer.Write("cgroupsPath"u8, CgroupsPath);
        writer.WriteArray("namespaces"u8, Namespaces);
        writer.WriteArray("devices"u8, Devices);
        writer.WriteMap("netDevices"u8, NetDevices);
        writer.WriteObject("seccomp"u8, Seccomp);
        writer.Write("rootfsPropagation"u8, RootfsPropagation);
        writer.Write("maskedPaths"u8, MaskedPaths);
        writer.Write("readonlyPaths"u8, ReadonlyPaths);
        writer.Write("mountLabel"u8, MountLabel);
        writer.WriteObject("intelRdt"u8, IntelRdt);
        writer.WriteObject("personality"u8, Personality);
        writer.WriteMap("timeOffsets"u8, TimeOffsets);
        writer.WriteObject("memoryPolicy"u8, MemoryPolicy);
    }
}
