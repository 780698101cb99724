using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Where nothing may be mounted: over the root, and over what tells the container's processes about themselves.</summary>
/// <remarks>
/// What stands in <c>/proc</c> is written to by name: labels, limits, kernel settings. Anything but procfs there takes them
/// in (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881). As in runc, what lxcfs shows of the host may be covered by it.
/// </remarks>
[ChildSafe]
internal static class MountPlaces
{
    /// <summary>Checks a place once it is held by a descriptor, so that what was checked is what is covered.</summary>
    /// <param name="place">Where the mount goes.</param>
    /// <param name="mount">The mount.</param>
    /// <param name="plan">The container.</param>
    /// <param name="source">The root of what is bound there; null for a file system of its own.</param>
    public static void Check(FileDescriptor place, MountPlan mount, CreatePlan plan, FileDescriptor? source)
    {
        string full = place.WhereItIs();
        string root = plan.Rootfs == "/" ? "" : plan.Rootfs;
        if (!full.StartsWith(root, StringComparison.Ordinal) || (full.Length > root.Length && full[root.Length] != '/'))
        {
            ParentPipe.Refuse($"{full} is not below the root {plan.Rootfs}");
        }

        switch (full[root.Length..])
        {
            case "" or "/":
                ParentPipe.Refuse(plan.HasMountNamespace ? "it is the container's root" : "it is the container's root, and there is no mount namespace");
                break;
            case "/proc" when !(source?.IsProcFs() ?? mount.Type == "proc"):
                ParentPipe.Refuse("only procfs can be mounted there");
                break;
            case var path when path.StartsWith("/proc/", StringComparison.Ordinal) && !MayCover(path["/proc/".Length..]):
                ParentPipe.Refuse("it is inside /proc, where only what lxcfs shows can be mounted");
                break;
            default:
                break;
        }
    }

    private static bool MayCover(string name) => name is "cpuinfo" or "diskstats" or "meminfo" or "stat" or "swaps" or "uptime"
        or "loadavg" or "slabinfo" or "sys/kernel/ns_last_pid" or "sys/crypto/fips_enabled";
}
