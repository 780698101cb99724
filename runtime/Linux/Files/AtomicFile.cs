namespace Bulkhead.Linux.Files;

/// <summary>Replaces a small file so that a reader sees the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="content"/> under another name and renames it.</summary>
    /// <param name="directory">Where the file is; nobody else writes to it at the same time.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="permissions">Permissions of the new file, less the umask.</param>
    /// <param name="isDurable">
    /// Whether it waits for the disk, so that the new content is there after a crash of the machine too. What describes
    /// running processes means nothing then.
    /// </param>
    /// <exception cref="LinuxException">As open(2), write(2), fsync(2) and rename(2); the old content is still there then.</exception>
    public static void Replace(DirectoryHandle directory, string name, ReadOnlySpan<byte> content, UnixFileMode permissions, bool isDurable = false)
    {
        string temporary = $".{name}.new";
        directory.Remove(temporary);
        try
        {
            using (FileDescriptor file = directory.OpenFile(temporary, FileMode.CreateNew(permissions)))
            {
                file.Write(content);
                if (isDurable)
                {
                    file.Sync();
                }
            }

            directory.Rename(temporary, name);
            if (isDurable)
            {
                directory.Sync();
            }
        }
        catch (LinuxException)
        {
            directory.Remove(temporary);
            throw;
        }
    }
}
