using Bulkhead.Linux;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Namespaces;
using Bulkhead.Runtime.Containers;
using Bulkhead.Runtime.Create;
using Bulkhead.Specs.Runtime;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>The mounts of a container that has no mount namespace: they are made below its root where its caller sees them, too.</summary>
/// <remarks>
/// runtime-spec, config-linux.md, "Namespaces": a kind that is not listed is inherited. No namespace's end takes these mounts
/// away, so it is done with the container's. Whose they are is plain, for none may be there before.
/// </remarks>
internal static class HostMounts
{
    /// <summary>Checks a document's mounts, which change nothing but what is below the container's root.</summary>
    /// <exception cref="ContainerException">One would change more, or something is mounted there already.</exception>
    public static void Check(CreatePlan plan)
    {
        if (plan.HasMountNamespace || plan.Mounts.Length == 0)
        {
            return;
        }

        for (int i = 0; i < plan.Mounts.Length; i++)
        {
            if (plan.Mounts[i].Kind == MountKind.Remount)
            {
                throw new ContainerException($"mounts[{i}].options: remount would change the host's, for there is no mount namespace");
            }
        }

        if (MountPoints.Below(plan.Rootfs) is [var first, ..])
        {
            throw new ContainerException($"mounts: \"{first}\" is mounted already, and there is no mount namespace to keep the container's apart");
        }
    }

    /// <summary>Unmounts what is below a container's root, if the container has no mount namespace; its processes have ended.</summary>
    /// <exception cref="LinuxException">As umount2(2).</exception>
    public static void Remove(Spec spec, string rootfs)
    {
        if (spec.Mounts is not { Length: > 0 } || Container.NamespacesOf(spec).HasFlag(NamespaceKinds.Mount))
        {
            return;
        }

        List<string> mounted = MountPoints.Below(rootfs);
        for (int i = mounted.Count - 1; i >= 0; i--)
        {
            MountTable.Detach(mounted[i]);
        }
    }
}
