using Bulkhead.Specs.Json;

namespace Bulkhead.Specs.Runtime;

/// <summary>The limits of a container's cgroup; what is absent is left alone.</summary>
/// <remarks>runtime-spec 1.3, config-linux.md, "Control groups".</remarks>
public sealed record LinuxResources : IJsonObject<LinuxResources>
{
    /// <summary>Rules for the use of devices.</summary>
    public LinuxDeviceCgroup[]? Devices { get; init; }

    /// <summary>Limits of memory.</summary>
    public LinuxMemory? Memory { get; init; }

    /// <summary>Shares and limits of CPU time, and the set of CPUs.</summary>
    public LinuxCpu? Cpu { get; init; }

    /// <summary>The limit of tasks.</summary>
    public LinuxPids? Pids { get; init; }

    /// <summary>Weights and limits of block I/O.</summary>
    public LinuxBlockIo? BlockIo { get; init; }

    /// <summary>Limits of huge pages, one for a page size.</summary>
    public LinuxHugepageLimit[]? HugepageLimits { get; init; }

    /// <summary>Class and priorities of network traffic (cgroup v1).</summary>
    public LinuxNetwork? Network { get; init; }

    /// <summary>Limits of RDMA, by device.</summary>
    public IReadOnlyDictionary<string, LinuxRdma>? Rdma { get; init; }

    /// <summary>cgroup v2 files to write, by name.</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; init; }

    static LinuxResources IJsonObject<LinuxResources>.Read(ref JsonObjectReader reader)
    {
        LinuxDeviceCgroup[]? devices = null;
        LinuxMemory? memory = null;
        LinuxCpu? cpu = null;
        LinuxPids? pids = null;
        LinuxBlockIo? blockIo = null;
        LinuxHugepageLimit[]? hugepageLimits = null;
        LinuxNetwork? network = null;
        IReadOnlyDictionary<string, LinuxRdma>? rdma = null;
        IReadOnlyDictionary<string, string>? unified = null;

        reader.StartObject();
        while (reader.NextProperty())
        {
            if (reader.Is("devices"u8)) { devices = reader.ReadArray<LinuxDeviceCgroup>(); }
            else if (reader.Is("memory"u8)) { memory = reader.Read<LinuxMemory>(); }
            else if (reader.Is("cpu"u8)) { cpu = reader.Read<LinuxCpu>(); }
            else if (reader.Is("pids"u8)) { pids = reader.Read<LinuxPids>(); }
            else if (reader.Is("blockIO"u8)) { blockIo = reader.Read<LinuxBlockIo>(); }
            else if (reader.Is("hugepageLimits"u8)) { hugepageLimits = reader.ReadArray<LinuxHugepageLimit>(); }
            else if (reader.Is("network"u8)) { network = reader.Read<LinuxNetwork>(); }
            else if (reader.Is("rdma"u8)) { rdma = reader.ReadMap<LinuxRdma>(); }
            else if (reader.Is("unified"u8)) { unified = reader.ReadStringMap(); }
            else { reader.SkipUnknown(); }
        }

        return new LinuxResources
        {
            Devices = devices,
            Memory = memory,
            Cpu = cpu,
            Pids = pids,
            BlockIo = blockIo,
            HugepageLimits = hugepageLimits,
            Network = network,
            Rdma = rdma,
            Unified = unified,
        };
    }

    void IJsonObject<LinuxResources>.Write(JsonObjectWriter writer)
    {
        writer.WriteArray("devices"u8, Devices);
        writer.WriteObject("memory"u8, Memory);
        writer.WriteObject("cpu"u8, Cpu);
        writer.WriteObject("pids"u8, Pids);
        writer.WriteObject("blockIO"u8, BlockIo);
        writer.WriteArray("hugepageLimits"u8, HugepageLimits);
        writer.WriteObject("network"u8, Network);
        writer.WriteMap("rdma"u8, Rdma);
        writer.Write("unified"u8, Unified);
    }
}
