using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Looks paths up inside a directory as though it were the root, whatever hostile links it holds.</summary>
/// <remarks>
/// openat2(2) with RESOLVE_IN_ROOT: absolute links and <c>..</c> stay inside, links of procfs are refused, and what comes
/// back is a descriptor, so that nothing an attacker exchanges afterwards matters. Needs Linux 5.6.
/// </remarks>
/// <param name="root">The directory that is taken for the root.</param>
[ChildSafe]
public readonly struct RootedLookup(DirectoryHandle root)
{
    private const int MostLinks = 40;

    /// <summary>Opens what a path leads to inside the root.</summary>
    /// <exception cref="LinuxException">As openat2(2); ELOOP also for a link of procfs.</exception>
    public FileDescriptor Open(string path, FileMode mode) =>
        new(LinuxException.Check(TryOpen(path, mode), "openat2", Subject(path)), Subject(path));

    /// <summary>Opens what a path leads to inside the root, or gives null when there is nothing.</summary>
    /// <exception cref="LinuxException">As openat2(2), ENOENT and ENOTDIR excepted.</exception>
    public FileDescriptor? TryOpenExisting(string path, FileMode mode)
    {
        int number = TryOpen(path, mode);
        return number >= 0 ? new FileDescriptor(number, Subject(path))
            : LinuxException.LastError is Errno.ENOENT or Errno.ENOTDIR ? null
            : throw new LinuxException("openat2", Subject(path), LinuxException.LastError);
    }

    /// <summary>Opens a directory inside the root, as a place.</summary>
    /// <exception cref="LinuxException">As openat2(2).</exception>
    public DirectoryHandle OpenDirectory(string path) =>
        new(LinuxException.Check(TryOpen(path, FileMode.DirectoryPath), "openat2", Subject(path)), Subject(path));

    /// <summary>Opens a directory inside the root and makes those parts of the path that are missing.</summary>
    /// <param name="path">A path; a dangling link in it is followed and what it names is made, inside the root.</param>
    /// <param name="permissions">Permissions of what is made, less the process's umask.</param>
    /// <exception cref="LinuxException">As openat2(2) and mkdirat(2).</exception>
    public DirectoryHandle MakeDirectories(string path, UnixFileMode permissions)
    {
        for (int links = 0; links < MostLinks; links++)
        {
            int number = TryOpen(path, FileMode.DirectoryPath);
            if (number >= 0)
            {
                return new DirectoryHandle(number, Subject(path));
            }

            if (LinuxException.LastError is not Errno.ENOENT)
            {
                throw new LinuxException("openat2", Subject(path), LinuxException.LastError);
            }

            if (MakeMissing(path, permissions, out DirectoryHandle? made) is not { } detour)
            {
                return made!;
            }

            path = detour;
        }

        throw new LinuxException("mkdir", Subject(path), Errno.ELOOP);
    }

    /// <summary>Makes an empty regular file, and the directories above it, unless there is something at the path already.</summary>
    /// <param name="path">A path; a dangling link in it is followed and what it names is made, inside the root.</param>
    /// <param name="permissions">Permissions of the file, less the process's umask.</param>
    /// <param name="directoryPermissions">Permissions of directories that are made, less the process's umask.</param>
    /// <returns>What is there, as a place.</returns>
    /// <exception cref="LinuxException">As openat2(2), mkdirat(2) and mknodat(2).</exception>
    public FileDescriptor MakeFile(string path, UnixFileMode permissions, UnixFileMode directoryPermissions)
    {
        // A file has no slash behind its name, whoever wrote one there.
        path = path.TrimEnd('/');
        for (int links = 0; links < MostLinks; links++)
        {
            if (TryOpenExisting(path, FileMode.PathOnly) is { } existing)
            {
                return existing;
            }

            (string parent, string name) = Split(path);
            using DirectoryHandle directory = MakeDirectories(parent, directoryPermissions);
            if (!directory.MakeNode(name, FileKind.Regular, permissions) && directory.StatusOf(name)?.Kind == FileKind.SymbolicLink)
            {
                string target = directory.ReadLink(name);
                path = target.StartsWith('/') ? target : $"{parent}/{target}";
            }
        }

        throw new LinuxException("mknod", Subject(path), Errno.ELOOP);
    }

    /// <summary>Parts a path into its directory and its last name.</summary>
    public static (string Parent, string Name) Split(string path)
    {
        string trimmed = path.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        return slash < 0 ? (".", trimmed) : (trimmed[..(slash + 1)], trimmed[(slash + 1)..]);
    }

    private string Subject(string path) => root.PathOf(path.TrimStart('/'));

    private int TryOpen(string path, FileMode mode) => TryOpen(root.Number, path, mode, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS);

    private static int TryOpen(int directory, string path, FileMode mode, ResolveFlags resolve)
    {
        // O_NOCTTY has no meaning for O_PATH, and openat2 refuses what has none.
        OpenFlags flags = mode.Flags.HasFlag(OpenFlags.O_PATH) ? mode.Flags & ~OpenFlags.O_NOCTTY : mode.Flags;
        OpenHow how = new() { Flags = (ulong)flags, Mode = mode.Permissions, Resolve = resolve };
        int number;
        do
        {
            // EAGAIN: the kernel could not be sure that a rename meanwhile did not lead outside.
            number = (int)Libc.OpenAt2(SystemCall.OpenAt2, directory, path.Length == 0 ? "." : path, in how, 24);
        }
        while (number < 0 && LinuxException.LastError is Errno.EAGAIN or Errno.EINTR);
        return number;
    }

    /// <summary>Makes the missing parts one by one; gives the path to try instead when a dangling link is in the way.</summary>
    private string? MakeMissing(string path, UnixFileMode permissions, out DirectoryHandle? made)
    {
        made = null;
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        DirectoryHandle current = OpenDirectory("/");
        string walked = "";
        bool fresh = false;
        for (int i = 0; i < parts.Length; i++)
        {
            string next = $"{walked}/{parts[i]}";

            // Below a directory made here nothing is resolved but the one name, which must not be a link.
            fresh &= parts[i] != "..";
            int number = fresh
                ? TryOpen(current.Number, parts[i], FileMode.DirectoryPath, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS)
                : TryOpen(next, FileMode.DirectoryPath);
            if (number < 0 && LinuxException.LastError is Errno.ENOENT)
            {
                if (!current.MakeDirectory(parts[i], permissions) && current.StatusOf(parts[i])?.Kind == FileKind.SymbolicLink)
                {
                    string target = current.ReadLink(parts[i]);
                    current.Dispose();
                    string start = target.StartsWith('/') ? target : $"{walked}/{target}";
                    return string.Join('/', [start, .. parts[(i + 1)..]]);
                }

                fresh = true;
                number = TryOpen(current.Number, parts[i], FileMode.DirectoryPath, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS);
            }

            LinuxException.Check(number, "openat2", Subject(next));
            current.Dispose();
            current = new DirectoryHandle(number, Subject(next));
            walked = next;
        }

        made = current;
        return null;
    }
}
