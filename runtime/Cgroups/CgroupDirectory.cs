using System.Text;
using Bulkhead.Linux;
using Bulkhead.Linux.Files;

namespace Bulkhead.Cgroups;

/// <summary>One directory of one hierarchy, by a descriptor above it and a path from there; it need not exist.</summary>
/// <param name="root">The mount's root, or another directory above.</param>
/// <param name="place">The path from there, without <c>..</c>.</param>
internal sealed class CgroupDirectory(DirectoryHandle root, string place)
{
    private const int MostBytes = 16 << 20;

    /// <summary>The descriptor that paths count from.</summary>
    internal DirectoryHandle Root => root;

    /// <summary>The path from <see cref="Root"/>.</summary>
    internal string Place => place;

    /// <summary>The path on the host.</summary>
    internal string Path => root.PathOf(place);

    /// <summary>Whether <see cref="Make"/> made the directory and nothing was written yet, so that its files hold the kernel's defaults.</summary>
    internal bool IsFresh { get; set; }

    /// <summary>Why a controller may be missing here, for messages; null when nothing stood in its way.</summary>
    internal string? Obstacle { get; set; }

    /// <summary>A directory below.</summary>
    internal CgroupDirectory Below(string name) => new(root, PathFromRoot(name));

    /// <summary>Writes a limit.</summary>
    /// <param name="property">The limit's path in the document, for messages.</param>
    /// <param name="file">The control file's name.</param>
    /// <param name="value">What is written.</param>
    /// <exception cref="CgroupException">The kernel refused, or has no such file; the message names the property.</exception>
    internal void Write(string property, string file, string value)
    {
        try
        {
            root.WriteText(PathFromRoot(file), value);
        }
        catch (LinuxException error)
        {
            throw Refused(property, file, error);
        }
    }

    /// <summary>As <see cref="Write(string, string, string)"/>, but EINVAL is left to the caller.</summary>
    /// <returns>False when the kernel found the value invalid.</returns>
    internal bool WriteValid(string property, string file, string value)
    {
        try
        {
            root.WriteText(PathFromRoot(file), value);
            return true;
        }
        catch (LinuxException error) when (error.Error is Errno.EINVAL)
        {
            return false;
        }
        catch (LinuxException error)
        {
            throw Refused(property, file, error);
        }
    }

    /// <summary>Writes a limit where the kernel has the file.</summary>
    /// <returns>False when it has none.</returns>
    internal bool TryWrite(string property, string file, string value)
    {
        try
        {
            using FileDescriptor? descriptor = root.TryOpenFile(PathFromRoot(file), Linux.Files.FileMode.Write);
            descriptor?.Write(value);
            return descriptor is not null;
        }
        catch (LinuxException error)
        {
            throw Refused(property, file, error);
        }
    }

    /// <summary>Writes what belongs to no property.</summary>
    /// <exception cref="LinuxException">As open(2) and write(2).</exception>
    internal void Write(string file, string value) => root.WriteText(PathFromRoot(file), value);

    /// <summary>Opens a control file, or gives null when there is none.</summary>
    internal FileDescriptor? TryOpen(string file, Linux.Files.FileMode mode) => root.TryOpenFile(PathFromRoot(file), mode);

    /// <summary>Reads a control file without the white space at its end; null when the kernel has none, or the cgroup is gone.</summary>
    internal string? TryRead(string file)
    {
        using FileDescriptor? descriptor = root.TryOpenFile(PathFromRoot(file), Linux.Files.FileMode.Read);
        try
        {
            return descriptor is null ? null : Encoding.UTF8.GetString(descriptor.ReadToEnd(MostBytes)).TrimEnd();
        }
        catch (LinuxException error) when (error.Error is Errno.ENODEV)
        {
            // Removed between the two calls.
            return null;
        }
    }

    /// <summary>Makes the directory and those above it that are missing.</summary>
    /// <returns>The paths that were made, outermost first.</returns>
    /// <exception cref="LinuxException">As mkdirat(2).</exception>
    internal List<string> Make()
    {
        List<string> made = [];
        const UnixFileMode permissions = (UnixFileMode)0b111_101_101;
        try
        {
            IsFresh = root.MakeDirectory(place, permissions);
        }
        catch (LinuxException error) when (error.Error is Errno.ENOENT && place.Contains('/', StringComparison.Ordinal))
        {
            for (int slash = place.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = place.IndexOf('/', slash + 1))
            {
                if (root.MakeDirectory(place[..slash], permissions))
                {
                    made.Add(place[..slash]);
                }
            }

            IsFresh = root.MakeDirectory(place, permissions);
        }

        if (IsFresh)
        {
            made.Add(place);
        }

        return made;
    }

    /// <summary>The path of an entry from <see cref="Root"/>.</summary>
    internal string PathFromRoot(string name) => place.Length == 0 ? name : $"{place}/{name}";

    private CgroupException Refused(string property, string file, LinuxException error)
    {
        if (error.Error is not Errno.ENOENT)
        {
            return new CgroupException($"{property}: {error.Message}", error);
        }

        string reason = Obstacle is null ? "" : $" ({Obstacle})";
        return new CgroupException($"{property}: the kernel has no {file} in {Path}{reason}", error);
    }
}
