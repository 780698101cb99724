using Bulkhead.Cgroups.V1;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups;

/// <summary>What limits a document asks for, apart from rules for devices.</summary>
internal static class RequestedLimits
{
    /// <summary>The path in the document of the first limit that needs a cgroup; null when there is none.</summary>
    internal static string? First(LinuxResources resources)
    {
        return resources switch
        {
            { Memory: { } memory } when MemoryController.IsAsked(memory) => "linux.resources.memory",
            { Cpu: { } cpu } when CpuController.IsAsked(cpu) || CpusetController.IsAsked(cpu) => "linux.resources.cpu",
            { Pids.Limit: not (null or -1) } => "linux.resources.pids.limit",
            { BlockIo: { } blockIo } when BlockIoController.IsAsked(blockIo) => "linux.resources.blockIO",
            { HugepageLimits.Length: > 0 } => "linux.resources.hugepageLimits",
            { Network.ClassId: not (null or 0) } => "linux.resources.network.classID",
            { Network.Priorities.Length: > 0 } => "linux.resources.network.priorities",
            { Rdma.Count: > 0 } => "linux.resources.rdma",
            { Unified.Count: > 0 } => "linux.resources.unified",
            _ => null,
        };
    }
}
