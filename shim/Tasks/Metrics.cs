using Bulkhead.Cgroups;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Bulkhead.Shim.Tasks;

/// <summary>What the kernel has counted for a container, in containerd's messages: one for cgroup v1, one for v2.</summary>
internal static class Metrics
{
    private const string V1Type = "io.containerd.cgroups.v1.Metrics";
    private const string V2Type = "io.containerd.cgroups.v2.Metrics";

    /// <summary>Reads the counts.</summary>
    /// <exception cref="Linux.LinuxException">As open(2) and read(2): ENOENT or ENODEV when the cgroup is gone.</exception>
    public static Any Of(ICgroup cgroup) => cgroup.Version == CgroupVersion.V2
        ? new Any { TypeUrl = V2Type, Value = MetricsV2.From(cgroup.Statistics()).ToByteString() }
        : new Any { TypeUrl = V1Type, Value = MetricsV1.From(cgroup.Statistics()).ToByteString() };
}
