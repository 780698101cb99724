using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>Which cgroup managers a runtime has, whatever the host uses.</summary>
/// <remarks>runtime-spec 1.3, features-linux.md, "Cgroup".</remarks>
public sealed record CgroupFeatures : IJsonObject<CgroupFeatures>
{
    /// <summary>cgroup v1.</summary>
    public bool? V1 { get; init; }

    /// <summary>cgroup v2.</summary>
    public bool? V2 { get; init; }

    /// <summary>systemd's system manager.</summary>
    public bool? Systemd { get; init; }

    /// <summary>systemd's user manager.</summary>
    public bool? SystemdUser { get; init; }

    /// <summary>The RDMA controller.</summary>
    public bool? Rdma { get; init; }

    static CgroupFeatures IJsonObject<CgroupFeatures>.Read(ref JsonObjectReader reader)
    {
        bool? v1 = null;
        bool? v2 = null;
        bool? systemd = null;
        bool? systemdUser = null;
        bool? rdma = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("v1"u8)) { v1 = reader.ReadBoolean(); }
            else if (reader.Is("v2"u8)) { v2 = reader.ReadBoolean(); }
            else if (reader.Is("systemd"u8)) { systemd = reader.ReadBoolean(); }
            else if (reader.Is("systemdUser"u8)) { systemdUser = reader.ReadBoolean(); }
            else if (reader.Is("rdma"u8)) { rdma = reader.ReadBoolean(); }
            else { reader.SkipUnknown(); }
        }

        return new CgroupFeatures
        {
            V1 = v1,
            V2 = v2,
            Systemd = systemd,
            SystemdUser = systemdUser,
            Rdma = rdma,
        };
    }

    void IJsonObject<CgroupFeatures>.Write(JsonObjectWriter writer)
    {
        writer.Write("v1"u8, V1);
        writer.Write("v2"u8, V2);
        writer.Write("systemd"u8, Systemd);
        writer.Write("systemdUser"u8, SystemdUser);
        writer.Write("rdma"u8, Rdma);
    }
}
