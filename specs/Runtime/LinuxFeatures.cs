using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>What a runtime can do on Linux.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md.</remarks>
public sealed record LinuxFeatures : IJsonObject<LinuxFeatures>
{
    /// <summary>The namespace types that are recognised.</summary>
    public string[]? Namespaces { get; init; }

    /// <summary>The capabilities that are recognised.</summary>
    public string[]? Capabilities { get; init; }

    /// <summary>cgroups.</summary>
    public CgroupFeatures? Cgroup { get; init; }

    /// <summary>seccomp.</summary>
    public SeccompFeatures? Seccomp { get; init; }

    /// <summary>AppArmor.</summary>
    public ApparmorFeatures? Apparmor { get; init; }

    /// <summary>SELinux.</summary>
    public SelinuxFeatures? Selinux { get; init; }

    /// <summary>Intel RDT.</summary>
    public IntelRdtFeatures? IntelRdt { get; init; }

    /// <summary>NUMA memory policies.</summary>
    public MemoryPolicyFeatures? MemoryPolicy { get; init; }

    /// <summary>Mounts beyond mount(2).</summary>
    public MountExtensionsFeatures? MountExtensions { get; init; }

    /// <summary>Network devices that are moved into the container.</summary>
    public NetDevicesFeatures? NetDevices { get; init; }

    static LinuxFeatures IJsonObject<LinuxFeatures>.Read(ref JsonObjectReader reader)
    {
        string[]? namespaces = null;
        string[]? capabilities = null;
        CgroupFeatures? cgroup = null;
        SeccompFeatures? seccomp = null;
        ApparmorFeatures? apparmor = null;
        SelinuxFeatures? selinux = null;
        IntelRdtFeatures? intelRdt = null;
        MemoryPolicyFeatures? memoryPolicy = null;
        MountExtensionsFeatures? mountExtensions = null;
        NetDevicesFeatures? netDevices = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("namespaces"u8)) { namespaces = reader.ReadStrings(); }
            else if (reader.Is("capabilities"u8)) { capabilities = reader.ReadStrings(); }
            else if (reader.Is("cgroup"u8)) { cgroup = reader.Read<CgroupFeatures>(); }
            else if (reader.Is("seccomp"u8)) { seccomp = reader.Read<SeccompFeatures>(); }
            else if (reader.Is("apparmor"u8)) { apparmor = reader.Read<ApparmorFeatures>(); }
            else if (reader.Is("selinux"u8)) { selinux = reader.Read<SelinuxFeatures>(); }
            else if (reader.Is("intelRdt"u8)) { intelRdt = reader.Read<IntelRdtFeatures>(); }
            else if (reader.Is("memoryPolicy"u8)) { memoryPolicy = reader.Read<MemoryPolicyFeatures>(); }
            else if (reader.Is("mountExtensions"u8)) { mountExtensions = reader.Read<MountExtensionsFeatures>(); }
            else if (reader.Is("netDevices"u8)) { netDevices = reader.Read<NetDevicesFeatures>(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxFeatures
        {
            Namespaces = namespaces,
            Capabilities = capabilities,
            Cgroup = cgroup,
            Seccomp = seccomp,
            Apparmor = apparmor,
            Selinux = selinux,
            IntelRdt = intelRdt,
            MemoryPolicy = memoryPolicy,
            MountExtensions = mountExtensions,
            NetDevices = netDevices,
        };
    }

    void IJsonObject<LinuxFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("namespaces"u8, Namespaces);
        writer.Write("capabilities"u8, Capabilities);
        writer.WriteObject("cgroup"u8, Cgroup);
        writer.WriteObject("seccomp"u8, Seccomp);
        writer.WriteObject("apparmor"u8, Apparmor);
        writer.WriteObject("selinux"u8, Selinux);
        writer.WriteObject("intelRdt"u8, IntelRdt);
        writer.WriteObject("memoryPolicy"u8, MemoryPolicy);
        writer.WriteObject("mountExtensions"u8, MountExtensions);
        writer.WriteObject("netDevices"u8, NetDevices);
    }
}
