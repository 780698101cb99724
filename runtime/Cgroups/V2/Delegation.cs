using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Cgroups.V2;

/// <summary>Gives a cgroup to a user, who can divide it then: the directory, and of its files those that the kernel lists.</summary>
/// <remarks>
/// runtime-spec, config-linux.md, "Cgroup ownership"; cgroups(7), "Cgroups delegation". The files with the limits are not
/// among them, so that nobody raises his own.
/// </remarks>
internal static class Delegation
{
    private const string List = "/sys/kernel/cgroup/delegate";
    private const int MostBytes = 1 << 16;

    // Leaves the group as it is: chown(2).
    private const uint Same = uint.MaxValue;

    internal static void Give(CgroupDirectory cgroup, uint user)
    {
        using DirectoryHandle directory = cgroup.Root.OpenDirectory(cgroup.Place);
        if (directory.Status().User == user)
        {
            return;
        }

        try
        {
            foreach (string file in Files())
            {
                // Each is there only with its controller.
                if (directory.StatusOf(file) is not null)
                {
                    directory.SetOwner(file, user, Same);
                }
            }

            directory.SetOwner(".", user, Same);
        }
        catch (LinuxException error) when (error.Error is Errno.EPERM)
        {
            // Who may not give files away has a container that can't divide its cgroup: the specification leaves it open.
        }
    }

    private static string[] Files()
    {
        try
        {
            using FileDescriptor list = FileDescriptor.Open(List, FileMode.Read);
            return System.Text.Encoding.ASCII.GetString(list.ReadToEnd(MostBytes)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            // Before 4.15.
            return ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
        }
    }
}
