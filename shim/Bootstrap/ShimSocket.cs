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
    private const string Further = "-";
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

    /// <summary>What the paths of further sockets of a shim begin with, which go when it is found to be gone.</summary>
    public static string FurtherOf(string path) => path + Further;

    /// <summary>Makes the socket, unless a shim answers there already.</summary>
    /// <returns>The socket; null when the group has a shim.</returns>
    /// <exception cref="LinuxException">As bind(2) and listen(2).</exception>
    public static UnixListener? TryListen(string path)
    {
        using DirectoryHandle directory = HostDirectories.Make(FolderOf(path), Private);
        using FileDescriptor gate = Lock(directory);
        if (Answers(path))
        {
            return null;
        }

        RemoveAll(directory, path);
        return UnixListener.Listen(path);
    }

    /// <summary>Removes the sockets of a shim that was killed; those of one that listens stay.</summary>
    public static void RemoveStale(string path)
    {
        using DirectoryHandle? directory = TryOpen(FolderOf(path));
        if (directory is null)
        {
            return;
        }

        using FileDescriptor gate = Lock(directory);
        if (!Answers(path))
        {
            RemoveAll(directory, path);
        }
    }

    /// <summary>Removes a socket, which nobody can connect to any more then; a missing one is fine.</summary>
    public static void Remove(string path)
    {
        using DirectoryHandle? directory = TryOpen(FolderOf(path));
        directory?.Remove(NameOf(path));
    }

    private static string NameOf(string path) => path[(FolderOf(path).Length + 1)..];

    /// <summary>Two containers of a pod may be started at the same time: one makes the socket, the other finds it.</summary>
    private static FileDescriptor Lock(DirectoryHandle folder)
    {
        FileDescriptor gate = folder.OpenFile("lock", FileMode.Append(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        if (FileLock.TryTake(gate, LongestWait))
        {
            return gate;
        }

        gate.Dispose();
        throw new LinuxException("flock", gate.Path, Errno.ETIMEDOUT);
    }

    private static void RemoveAll(DirectoryHandle folder, string path)
    {
        string name = NameOf(path);
        folder.Remove(name);
        foreach (string other in folder.Names())
        {
            if (other.StartsWith(name + Further, StringComparison.Ordinal))
            {
                folder.Remove(other);
            }
        }
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
