using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Runtime.Containers;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Runtime.Security;

/// <summary>The SELinux security module: the label of a process, and that of the mounts made for it.</summary>
/// <remarks>runtime-spec, config.md, "selinuxLabel", and config-linux.md, "Mount Label"; selinux(8), mount(8), "context".</remarks>
internal static class SelinuxLabel
{
    private const long SELINUX_MAGIC = 0xf97cff8c;

    // The label of every process as long as no policy is loaded.
    private const string Unlabeled = "kernel";
    private const int MostBytes = 4096;

    /// <summary>Requires that a label can be had.</summary>
    /// <param name="label">The label.</param>
    /// <param name="property">Where the document has it.</param>
    /// <returns>The label; null for none.</returns>
    /// <exception cref="ContainerException">The machine has no SELinux.</exception>
    public static string? Require(string? label, string property)
    {
        return label is not { Length: > 0 } ? null
            : IsEnabled() ? label
            : throw new ContainerException($"{property}: \"{label}\" can't be had, SELinux is not enabled on this machine");
    }

    /// <summary>The options of a file system whose files are all to have a label, unless the options bring one.</summary>
    [ChildSafe]
    public static MountOptions Context(MountOptions options, string? label) =>
        label is null ? options : options.WithData("context=", $"\"{label}\"");

    /// <summary>Labels the root of a mount whose file system does not take <see cref="Context"/>.</summary>
    /// <exception cref="LinuxException">As fsetxattr(2).</exception>
    [ChildSafe]
    public static void SetOfRoot(DetachedMount mount, string label)
    {
        using DirectoryHandle root = mount.Root.OpenDirectory(".");
        ExtendedAttributes.Set(root, "security.selinux", label);
    }

    /// <summary>Whether there is an SELinux that this machine's root may talk to, and that has a policy.</summary>
    /// <remarks>A container is shown its file system read-only or not at all: there, SELinux is the host's affair.</remarks>
    private static bool IsEnabled()
    {
        using DirectoryHandle? place = MountPoints.TryOpen("selinuxfs", SELINUX_MAGIC, "/sys/fs/selinux");
        if (place is null || place.IsFileSystemReadOnly())
        {
            return false;
        }

        using ProcFile proc = ProcFile.OpenHost();
        using FileDescriptor current = proc.Open("thread-self/attr/current", FileMode.Read);
        return Encoding.UTF8.GetString(current.ReadToEnd(MostBytes)).TrimEnd('\0', '\n') != Unlabeled;
    }
}
