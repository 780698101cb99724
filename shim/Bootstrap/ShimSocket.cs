using System.Globalization;
using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;
using Bulkhead.Linux.Sockets;
using FileMode = Bulkhead.Linux.Files.FileMode;

namespace Bulkhead.Shim.Bootstrap;

/// <summary>The socket of a shim: one for each group of containers, in a folder that only root can enter.</summary>
internal static class ShimSocket
{
    /// <summary>Where sockets are unless the caller says otherwise.</summary>
    public const string DefaultFolder = "/run/bulkhead/s";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Scheme = "unix://";
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>The path of a group's socket: short, whatever the names are, because a socket's path is at most 107 bytes.</summary>
    /// <remarks>
    /// FNV-1a with 128 bits: enough against chance. Nobody gains by two names that meet, since only root chooses names, and a
    /// hash that withstands an attacker would load a library of megabytes.
    /// </remarks>
    public static string PathOf(string folder, string name, string group)
    {
        UInt128 prime = new(0x0000000001000000, 0x000000000000013b);
        UInt128 hash = new(0x6c62272e07bb0142, 0x62b821756295c58d);
        foreach (byte value in Encoding.UTF8.GetBytes($"{name}/{group}"))
        {
            hash = (hash ^ value) * prime;
        }

        return $"{folder}/{hash.ToString("x32", CultureInfo.InvariantCulture)}";
    }

    /// <summary>As an address on the wire: <c>unix:///run/...</c>.</summary>
    public static string AddressOf(string path) => Scheme + path;

    /// <summary>The path of an address; a bare path is one too.</summary>
    public static string PathOf(string address) => address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..] : address;

    /// <summary>The folder of a socket.</summary>
    public static string FolderOf(string path) => path[..Math.Max(path.LastIndexOf('/'), 0)];

    /// <summary>Makes the socket, unless a shim answers there already.</summary>
    /// <returns>The socket; null when the group has a shim.</returns>
    /// <exception cref="LinuxException">As bind(2) and listen(2).</exception>
    public static UnixListener? TryListen(string path)
    {
        string folder = FolderOf(path);
        using DirectoryHandle directory = HostDirectories.Make(folder, Private);

        // Two containers of a pod may be started at the same time: one makes the socket, the other finds it.
        using FileDescriptor gate = directory.OpenFile("lock", FileMode.Append(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        if (!FileLock.TryTake(gate, LongestWait))
        {
            throw new LinuxException("flock", gate.Path, Errno.ETIMEDOUT);
        }

        if (Answers(path))
        {
            return null;
        }

        directory.Remove(path[(folder.Length + 1)..]);
        return UnixListener.Listen(path);
    }

    /// <summary>Removes the socket of a shim that has ended; one that somebody listens on stays.</summary>
    public static void RemoveStale(string path)
    {
        if (!Answers(path))
        {
            Remove(path);
        }
    }

    /// <summary>Removes a socket, which nobody can connect to any more then; a missing one is fine.</summary>
    public static void Remove(string path)
    {
        string folder = FolderOf(path);
        using DirectoryHandle? directory = TryOpen(folder);
        directory?.Remove(path[(folder.Length + 1)..]);
    }

    private static bool Answers(string path)
    {
        try
        {
            using UnixSocket socket = UnixSocket.Connect(path);
            return true;
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT or Errno.ECONNREFUSED or Errno.ENOTDIR)
        {
            return false;
        }
    }

    private static DirectoryHandle? TryOpen(string path)
    {
        try
        {
            return DirectoryHandle.OpenPath(path);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            return null;
        }
    }
}
