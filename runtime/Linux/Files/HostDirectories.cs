namespace Bulkhead.Linux.Files;

/// <summary>Directories of the host that the runtime keeps its own files in.</summary>
public static class HostDirectories
{
    /// <summary>Opens a directory, making it and those above it when they are missing.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="permissions">Permissions of what is made, less the umask.</param>
    /// <exception cref="LinuxException">As mkdir(2) and open(2).</exception>
    public static DirectoryHandle Make(string path, UnixFileMode permissions)
    {
        try
        {
            return DirectoryHandle.Open(path);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT)
        {
            DirectoryHandle current = DirectoryHandle.OpenPath("/");
            foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                current.MakeDirectory(part, permissions);
                string next = current.PathOf(part);
                current.Dispose();
                current = DirectoryHandle.OpenPath(next);
            }

            // Those above may be of a kind that a user can pass through but not read.
            current.Dispose();
            return DirectoryHandle.Open(path);
        }
    }
}
