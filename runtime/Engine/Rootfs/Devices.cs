using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Mounts;
using Bulkhead.Linux.Terminals;
using Bulkhead.Runtime.Child;
using Bulkhead.Runtime.Create;

namespace Bulkhead.Runtime.Rootfs;

/// <summary>Makes the devices and links of <c>/dev</c>.</summary>
/// <remarks>runtime-spec, config-linux.md, "Default Devices"; runtime-linux.md, "Dev symbolic links".</remarks>
[ChildSafe]
internal static class Devices
{
    private const UnixFileMode DirectoryPermissions = (UnixFileMode)0b111_101_101;
    private const UnixFileMode ConsolePermissions = (UnixFileMode)0b110_000_000;

    /// <summary>Makes devices, then the links that every container has.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="bound">
    /// Whether the host's devices are shown instead: in a user namespace none can be made. If the runtime itself is in one,
    /// that is found out by the first.
    /// </param>
    /// <param name="root">The container's root.</param>
    /// <param name="parent">Learns which one fails.</param>
    public static void Make(DevicePlan[] devices, bool bound, RootedLookup root, ParentPipe parent)
    {
        using DirectoryHandle dev = root.MakeDirectories("/dev", DirectoryPermissions);
        foreach (DevicePlan device in devices)
        {
            parent.At($"make the device \"{device.Path}\"");
            (string folder, string name) = RootedLookup.Split(device.Path);
            if (folder == "/dev/" && name == "ptmx")
            {
                // A link, below: the multiplexer of the host's terminals is not the container's.
                continue;
            }

            if (bound && device.Kind != FileKind.Fifo)
            {
                Bind(device, root);
                continue;
            }

            using DirectoryHandle? other = folder == "/dev/" ? null : root.MakeDirectories(folder, DirectoryPermissions);
            try
            {
                MakeOne(device, other ?? dev, name);
            }
            catch (LinuxException error) when (error is { Error: Errno.EPERM, Call: "mknod" } && device.Kind != FileKind.Fifo)
            {
                bound = true;
                Bind(device, root);
            }
        }

        parent.At("make the links in /dev");
        dev.MakeSymbolicLink("fd", "/proc/self/fd");
        dev.MakeSymbolicLink("stdin", "/proc/self/fd/0");
        dev.MakeSymbolicLink("stdout", "/proc/self/fd/1");
        dev.MakeSymbolicLink("stderr", "/proc/self/fd/2");

        // The multiplexer is the one of the container's own devpts, whatever the image has there.
        if (!dev.MakeSymbolicLink("ptmx", "pts/ptmx") && dev.StatusOf("ptmx") is { IsDirectory: false })
        {
            dev.Remove("ptmx");
            dev.MakeSymbolicLink("ptmx", "pts/ptmx");
        }
    }

    /// <summary>Shows the container's terminal as <c>/dev/console</c>.</summary>
    /// <remarks>By descriptor on both sides: neither the terminal's name nor the console's is looked up twice.</remarks>
    public static void BindConsole(PseudoTerminal terminal, RootedLookup root, ParentPipe parent)
    {
        parent.At("mount \"/dev/console\"");
        using FileDescriptor place = root.MakeFile("/dev/console", ConsolePermissions, DirectoryPermissions);
        using DetachedMount console = DetachedMount.CloneOf(terminal.Slave, recursive: false);
        console.AttachTo(place);
    }

    private static void Bind(DevicePlan device, RootedLookup root)
    {
        using DetachedMount host = DetachedMount.CloneOf(device.Path, recursive: false);
        FileStatus status = host.Root.Status();
        if (status.Kind != device.Kind || status.Special != device.Number)
        {
            ParentPipe.Refuse($"{device.Path} on the host is not that device, and a user namespace can't make one");
        }

        using FileDescriptor place = root.MakeFile(device.Path, ConsolePermissions, DirectoryPermissions);
        host.AttachTo(place);
    }

    private static void MakeOne(DevicePlan device, DirectoryHandle directory, string name)
    {
        if (!directory.MakeNode(name, device.Kind, device.Permissions, device.Number))
        {
            if (directory.StatusOf(name) is not { } there || there.Kind != device.Kind || there.Special != device.Number)
            {
                ParentPipe.Refuse($"{directory.PathOf(name)} exists and is not that device");
            }

            return;
        }

        if (device.User != 0 || device.Group != 0)
        {
            directory.SetOwner(name, device.User, device.Group);
        }
    }
}
