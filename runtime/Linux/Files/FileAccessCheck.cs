using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Asks whether the calling process may do something to a file.</summary>
/// <remarks>faccessat(2) with the effective ids.</remarks>
[ChildSafe]
public static class FileAccessCheck
{
    private const int X_OK = 1;
    private const int AT_EACCESS = 0x200;

    /// <summary>Requires a regular file that the process may execute.</summary>
    /// <exception cref="LinuxException">ENOENT; EACCES; EISDIR: it is a directory.</exception>
    public static void RequireExecutable(string path)
    {
        LinuxException.Check(Libc.StatX(Libc.AT_FDCWD, path, 0, StatX.STATX_BASIC_STATS, out StatX status), "stat", path);
        if (new FileStatus(in status).IsDirectory)
        {
            throw new LinuxException("exec", path, Errno.EISDIR);
        }

        LinuxException.Check(Libc.FAccessAt(Libc.AT_FDCWD, path, X_OK, AT_EACCESS), "access", path);
    }
}
