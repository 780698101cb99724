using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;
using Bulkhead.Runtime.Security;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Hides paths from the container, or makes them read-only.</summary>
/// <remarks>runtime-spec, config-linux.md, "Masked Paths" and "Readonly Paths". A path that does not exist needs nothing.</remarks>
[ChildSafe]
internal static class RestrictedPaths
{
    /// <summary>Applies both lists, the read-only one first.</summary>
    public static void Apply(CreatePlan plan, RootedLookup root, KernelMounts kernel, ParentPipe parent)
    {
        foreach (string path in plan.Spec.Linux?.ReadonlyPaths ?? [])
        {
            parent.At($"make \"{path}\" read-only");
            using FileDescriptor? place = kernel.TryOpen(path, root);
            if (place is not null)
            {
                using DetachedMount copy = DetachedMount.CloneOf(place, recursive: true);
                copy.MakeReadOnly();
                copy.AttachTo(place);
            }
        }

        Mask(plan.Spec.Linux?.MaskedPaths ?? [], plan.MountLabel, root, kernel, parent);
    }

    private static void Mask(string[] paths, string? label, RootedLookup root, KernelMounts kernel, ParentPipe parent)
    {
        // Of the host, before the root is changed: what the container has for /dev/null may be anything (CVE-2025-31133).
        FileDescriptor? nothing = null;
        DetachedMount? empty = null;
        foreach (string path in paths)
        {
            parent.At($"mask \"{path}\"");
            using FileDescriptor? place = kernel.TryOpen(path, root);
            if (place is null)
            {
                continue;
            }

            if (!place.Status().IsDirectory)
            {
                nothing ??= OpenNull();
                using DetachedMount mask = DetachedMount.CloneOf(nothing, recursive: false);
                mask.AttachTo(place);
            }
            else if (empty is null)
            {
                empty = DetachedMount.Create("tmpfs", "tmpfs", SelinuxLabel.Context(MountOptions.Parse(["ro", "nr_blocks=1", "nr_inodes=1"]), label));
                empty.AttachTo(place);
            }
            else
            {
                using DetachedMount again = DetachedMount.CloneOf(empty.Root, recursive: false);
                again.AttachTo(place);
            }
        }

        nothing?.Dispose();
        empty?.Dispose();
    }

    private static FileDescriptor OpenNull()
    {
        FileDescriptor file = FileDescriptor.Open("/dev/null", FileMode.PathOnly);
        if (!file.Status().IsNullDevice)
        {
            ParentPipe.Refuse("the host's /dev/null is not the null device");
        }

        return file;
    }
}
