using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>procfs, reached through a descriptor that was checked to be procfs.</summary>
/// <remarks>
/// A file under <c>/proc</c> that is written by name can be a file of an attacker who has mounted something there. Lookups
/// here start at a verified mount and never leave it: no link out of it, no other mount on the way.
/// </remarks>
[ChildSafe]
public sealed class ProcFile : IDisposable
{
    internal const long PROC_SUPER_MAGIC = 0x9fa0;
    private const ulong ProcRootInode = 1;
    private const int MostBytesOfWord = 64;

    private readonly DirectoryHandle _root;

    private ProcFile(DirectoryHandle root) => _root = root;

    /// <summary>Opens the procfs of the calling process's mount namespace.</summary>
    /// <exception cref="LinuxException">As open(2); ENODEV when <c>/proc</c> is not the root of a procfs.</exception>
    public static ProcFile OpenHost()
    {
        DirectoryHandle root = DirectoryHandle.Open("/proc");
        if (root.FileSystemType() == PROC_SUPER_MAGIC && root.Status().Inode == ProcRootInode)
        {
            return new ProcFile(root);
        }

        root.Dispose();
        throw new LinuxException("open", "/proc (no procfs is mounted there)", Errno.ENODEV);
    }

    /// <summary>Writes a text with one call.</summary>
    /// <param name="path">Relative to the root of procfs, such as <c>self/oom_score_adj</c>.</param>
    /// <param name="text">What is written.</param>
    /// <exception cref="LinuxException">As openat2(2) and write(2).</exception>
    public void Write(string path, string text)
    {
        using FileDescriptor file = Open(path, FileMode.Write);
        file.Write(text);
    }

    /// <summary>Whether processes of a user namespace have had to give up changing their groups.</summary>
    /// <param name="process">A process in it: a number, or <c>self</c>.</param>
    /// <remarks>user_namespaces(7), <c>/proc/pid/setgroups</c>.</remarks>
    /// <exception cref="LinuxException">As <see cref="Open"/> and read(2).</exception>
    public bool AreGroupsDenied(string process)
    {
        using FileDescriptor file = Open($"{process}/setgroups", FileMode.Read);
        return file.ReadToEnd(MostBytesOfWord).AsSpan().StartsWith("deny"u8);
    }

    /// <summary>Opens a file of procfs.</summary>
    /// <param name="path">Relative to the root of procfs.</param>
    /// <param name="mode">How.</param>
    /// <exception cref="LinuxException">As openat2(2); EXDEV when something is mounted on the way.</exception>
    public FileDescriptor Open(string path, FileMode mode)
    {
        OpenHow how = new()
        {
            Flags = (ulong)mode.Flags,
            Resolve = ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_XDEV | ResolveFlags.RESOLVE_NO_MAGICLINKS,
        };
        string subject = _root.PathOf(path);
        return new FileDescriptor((int)LinuxException.Check(Libc.OpenAt2(SystemCall.OpenAt2, _root.Number, path, in how, 24), "openat2", subject), subject);
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => _root.Dispose();
}
