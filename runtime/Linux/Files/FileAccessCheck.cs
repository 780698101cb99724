using Bulkhead.Linux.Native;

namespace Bulkhead.Linux.Files;

/// <summary>Asks whether the calling process may do something to a file.</summary>
/// <remarks>faccessat(2) with the effective ids.</remarks>
[ChildSafe]
public static class FileAccessCheck
{
    private const int X_OK = 1;
    private const int W_OK = 2;
    private const int AT_EACCESS = 0x200;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Whether the process may write to a file, or make entries in a directory; false as well when there is none.</summary>
    /// <param name="directory">Where relative paths begin.</param>
    /// <param name="path">The path from there; symbolic links are followed.</param>
    public static bool MayWrite(DirectoryHandle directory, string path) => Libc.FAccessAt(directory.Number, path, W_OK, AT_EACCESS) == 0;

    /// <summary>Requires a regular file that the process may execute.</summary>
    /// <exception cref="LinuxException">ENOENT; EACCES; EISDIR: it is a directory.</exception>
    public static void RequireExecutable(string path)
    {
        LinuxException.Check(Libc.StatX(Libc.AT_FDCWD, path, 0, StatX.STATX_BASIC_STATS, out StatX status), "stat", path);
        FileStatus file = new(in status);
        if (file.IsDirectory)
        {
            throw new LinuxException("exec", path, Errno.EISDIR);
        }

        if (Libc.FAccessAt(Libc.AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
        {
            return;
        }

        // A seccomp filter that is older than faccessat2 (5.8) refuses it with one of these, which the call itself never
        // gives here. The mode says enough then, because execve has the last word.
        Errno refused = LinuxException.LastError;
        if (refused is not (Errno.EPERM or Errno.ENOSYS) || (file.Permissions & Executable) == 0)
        {
            throw new LinuxException("access", path, refused is Errno.EPERM or Errno.ENOSYS ? Errno.EACCES : refused);
        }
    }
}
