using System.Globalization;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Cgroups.V1;

/// <summary>Class and priorities of network traffic: the cgroup v1 <c>net_cls</c> and <c>net_prio</c> controllers.</summary>
/// <remarks>runtime-spec, config-linux.md, "Network"; kernel, cgroup-v1/net_cls.rst and net_prio.rst.</remarks>
internal static class NetworkController
{
    internal static void ApplyClass(CgroupDirectory directory, uint classId) =>
        directory.Write("linux.resources.network.classID", "net_cls.classid", classId.ToString(CultureInfo.InvariantCulture));

    internal static void ApplyPriorities(CgroupDirectory directory, LinuxInterfacePriority[] priorities)
    {
        for (int i = 0; i < priorities.Length; i++)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"{priorities[i].Name} {priorities[i].Priority}");
            directory.Write($"linux.resources.network.priorities[{i}]", "net_prio.ifpriomap", line);
        }
    }
}
